import type { StreamObservation } from '../record/observation.ts'

type Gap = StreamObservation['gaps'][number]

/** What the record's schema allows. */
const MOST_GAPS = 64

/**
 * Puts gaps in order and joins those of one cause that touch or overlap. More than 64 are brought down
 * by joining the two nearest: that may overstate a gap, and never hides one.
 */
export function mergeGaps(parts: readonly Gap[]): Gap[] {
  const sorted = [...parts].sort((a, b) => a.from - b.from || a.to - b.to)
  const gaps: Gap[] = []
  for (const gap of sorted) {
    const before = gaps.at(-1)
    if (before?.cause === gap.cause && gap.from <= before.to)
      gaps[gaps.length - 1] = join(before, gap)
    else gaps.push(gap)
  }
  while (gaps.length > MOST_GAPS) joinNearest(gaps)
  return gaps
}

function joinNearest(gaps: Gap[]): void {
  let nearest = 1
  let least = Number.POSITIVE_INFINITY
  for (let i = 1; i < gaps.length; i++) {
    const between = (gaps[i] as Gap).from - (gaps[i - 1] as Gap).to
    if (between < least) {
      least = between
      nearest = i
    }
  }
  const [a, b] = [gaps[nearest - 1] as Gap, gaps[nearest] as Gap]
  gaps.splice(nearest - 1, 2, join(a, b))
}

/** One gap over both, with the cause of the longer. */
function join(a: Gap, b: Gap): Gap {
  const { cause } = b.to - b.from > a.to - a.from ? b : a
  return { from: a.from, to: Math.max(a.to, b.to), cause }
}
