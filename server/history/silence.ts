import type { Hole } from '../../shared/verdict/coverage.ts'

interface Span {
  readonly from: number
  readonly to: number
}

/** Time between two signs of life of a collector that runs. */
const BEAT_TOLERANCE_MS = 90_000

/**
 * Splits [from, to) by whether a collector was up: what is missing while it was is the site's silence,
 * what is missing while it was not counts for nobody and against nobody. In order, without holes.
 */
export function silenceIn(up: readonly Span[], from: number, to: number): Hole[] {
  const parts: Hole[] = []
  let at = from
  for (const span of up) {
    const start = Math.max(span.from, from)
    const end = Math.min(span.to + BEAT_TOLERANCE_MS, to)
    if (end <= at) continue
    if (start > at + BEAT_TOLERANCE_MS) add(parts, at, start, 'collector-down')
    else add(parts, at, Math.min(start, to), 'site-silent')
    add(parts, Math.max(start, at), end, 'site-silent')
    at = Math.max(at, end)
  }
  add(parts, at, to, 'collector-down')
  return parts
}

function add(parts: Hole[], from: number, to: number, cause: string): void {
  if (to <= from) return
  const last = parts.at(-1)
  if (last?.cause === cause) parts[parts.length - 1] = { ...last, to }
  else parts.push({ from, to, cause })
}
