import { SITE_FAMILIES, type SiteView } from './catalogue.ts'
import { type Detail, keeps, mayKeep } from './detail.ts'
import { sample } from './exposition.ts'

/**
 * The exposition of one site as bytes, family after family in the order of SITE_FAMILIES: family `i`
 * ends at `ends[i]` and begins where the one before it ends. One block of bytes a site, outside the
 * heap that the garbage collector walks: ten thousand sites are ten thousand objects.
 */
export interface SiteText {
  readonly bytes: Uint8Array
  readonly ends: Uint32Array
  readonly series: number
}

/** Writes what the detail keeps of a site; a value that is not known makes no sample. */
export function siteText(view: SiteView, detail: Detail): SiteText {
  const ends = new Uint32Array(SITE_FAMILIES.length)
  let text = ''
  let series = 0
  let written = 0
  for (const [index, family] of SITE_FAMILIES.entries()) {
    let lines = ''
    if (mayKeep(detail, family.name)) {
      for (const [labels, value] of family.samples(view)) {
        if (value === null || !keeps(detail, family.name, labels, value)) continue
        lines += sample(family.name, labels, value)
        series += 1
      }
    }
    written += Buffer.byteLength(lines)
    ends[index] = written
    text += lines
  }
  return { bytes: exactly(text, written), ends, series }
}

/** Memory of its own: a slice of the shared pool would keep its neighbours alive. */
function exactly(text: string, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(length)
  bytes.write(text)
  return bytes
}
