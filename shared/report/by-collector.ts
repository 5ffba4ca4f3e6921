import type { ReportDocument } from './document.ts'

const WHOSE =
  'Made and verified by the collector itself, under the keys that it holds of its agents and of its log.'

/**
 * A report that a collector made of its own bundle: it says that the keys came from that very collector,
 * and where the bundle is had by whoever does not take its word.
 * @param paths of the bundles on that collector, in the order of the report's own
 */
export function byCollector(report: ReportDocument, paths: readonly string[]): ReportDocument {
  const { headline, sections, bundles } = report
  const short = `${WHOSE} Whoever does not trust this collector verifies the bundle with keys that he got elsewhere.`
  return {
    ...report,
    headline: { ...headline, says: [...headline.says, short] },
    sections: [
      ...sections,
      {
        title: 'Whose keys these are',
        blocks: [
          {
            kind: 'text',
            text: `${WHOSE} A collector that lies about its keys could lie in this report too. To be sure without it, take the keys from the parties themselves (an agent prints its own when it enrols, a reflector when it starts), get the bundle, compare its SHA-256, and verify it with the command above. Keys of reflectors are not known to a collector: what their receipts prove is only seen there.`,
          },
          {
            kind: 'pairs',
            pairs: bundles.map((_, at) => [`Bundle ${at + 1}`, `GET ${paths[at] ?? ''}`] as const),
          },
        ],
      },
    ],
  }
}
