import type { StreamObservation } from '../record/observation.ts'

type Gap = StreamObservation['gaps'][number]

/** A stretch of time and why nothing was seen in it. */
interface Caused {
  readonly from: number
  readonly to: number
  readonly cause: string
}

/** What the record's schema allows. */
const MOST_GAPS = 64

/** In order of time, those of one cause that touch or overlap as one; what has no length is none. */
export function joinedByCause<T extends Caused>(parts: readonly T[]): T[] {
  const sorted = parts
    .filter(({ from, to }) => to > from)
    .sort((a, b) => a.from - b.from || a.to - b.to)
  const joined: T[] = []
  for (const one of sorted) {
    const before = joined.at(-1)
    if (before?.cause === one.cause && one.from <= before.to)
      joined[joined.length - 1] = { ...before, to: Math.max(before.to, one.to) }
    else joined.push(one)
  }
  return joined
}

/**
 * Gaps joined by their cause. More than 64 are brought down by joining the two nearest: that may
 * overstate a gap, and never hides one.
 */
export function mergeGaps(parts: readonly Gap[]): Gap[] {
  const gaps = joinedByCause(parts)
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
