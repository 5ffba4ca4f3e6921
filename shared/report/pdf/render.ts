import type { ReportDocument } from '../document.ts'
import type { Format } from '../format.ts'
import { renderHtml } from '../html.ts'
import type { Zone } from '../zone.ts'
import { renderPdf } from './pdf.ts'

/** A report in one of its formats: the same report gives the same octets, whoever asks for it. */
export async function renderReport(
  report: ReportDocument,
  format: Format,
  zone: Zone,
): Promise<Uint8Array> {
  if (format === 'pdf') return await renderPdf(report, zone)
  if (format === 'html') return Buffer.from(renderHtml(report, zone))
  const bundles = report.bundles.map(({ file, sha256 }) => ({ file, sha256 }))
  return Buffer.from(JSON.stringify({ ...report, bundles }))
}
