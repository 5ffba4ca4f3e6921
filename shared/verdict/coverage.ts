import type { StreamObservation } from '../record/observation.ts'

/** A stretch of the judged time in which nothing was seen of this far end, and why. */
export interface Hole {
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  readonly cause: string
}

interface Span {
  readonly from: number
  readonly to: number
}

/** Packets were sent, and nothing came back. */
const NO_REPLY = 'no reply'
/** No window speaks of it. */
export const NO_RECORD = 'no record'
/** Windows need not meet to the millisecond. */
export const SEAM_MS = 1000

/** What of a window tells whether the far end was there. */
export interface Watched
  extends Pick<StreamObservation, 'from' | 'to' | 'gaps' | 'attribution' | 'calls' | 'ptimeMs'> {
  readonly instrument: Pick<StreamObservation['instrument'], 'sent' | 'scheduled'>
  readonly legs: {
    readonly [L in 'out' | 'back']: {
      readonly loss: Pick<StreamObservation['legs'][L]['loss'], 'received'>
    }
  }
}

/**
 * Whether the far end gave any sign of life in this window: a reply, or a receipt afterwards. What
 * came while the agent itself loaded the way tells nothing of the network, so it does not count.
 */
export function wasHeard(o: Watched): boolean {
  if (o.instrument.sent === 0 || underOwnLoad(o)) return false
  return (
    o.legs.back.loss.received > 0 || o.legs.out.loss.received > 0 || o.attribution === 'receipt'
  )
}

/** Whether the agent made load of its own in this window, as it says itself. */
export function underOwnLoad({ gaps }: Pick<StreamObservation, 'gaps'>): boolean {
  return gaps.some(({ cause }) => cause === 'own-load')
}

/**
 * The stretches of [from, to) (milliseconds since 1970) that no heard window covers, in order, each parted
 * where its cause changes. Gaps inside a window count as not covered, and so do windows in which nothing
 * was heard.
 */
export function holesIn(
  observations: readonly Watched[],
  from: number,
  to: number,
): readonly Hole[] {
  const covered = observations
    .filter(wasHeard)
    .flatMap(coveredBy)
    .sort((a, b) => a.from - b.from)
  const causes = causesIn(observations)
  const holes: Hole[] = []
  let seenTo = from
  for (const span of [...covered, { from: to, to }]) {
    const end = Math.min(span.from, to)
    if (end > seenTo) holes.push(...parted({ from: seenTo, to: end }, causes))
    seenTo = Math.max(seenTo, span.to)
  }
  return holes
}

/** Holes of whatever cause that follow each other without a moment between them, as one. */
export function stretchesOf(holes: readonly Span[]): Span[] {
  const stretches: Span[] = []
  for (const { from, to } of holes) {
    const last = stretches.at(-1)
    if (last?.to === from) stretches[stretches.length - 1] = { from: last.from, to }
    else stretches.push({ from, to })
  }
  return stretches
}

/** Whether holes are too long for a pass: one as long as a window would hide the bad minute. */
export function tooLong(holes: readonly Span[], periodMs: number, windowMs: number): boolean {
  if (holes.some((hole) => hole.to - hole.from >= windowMs)) return true
  const total = lengthOf(holes)
  return total >= windowMs && total > periodMs / 10
}

/** Holes in words, the first three by name. */
export function holesText(holes: readonly Hole[]): string {
  if (holes.length === 0) return ''
  const named = holes.slice(0, 3).map((hole) => `${timeText(hole)} (${hole.cause})`)
  const rest = holes.length > 3 ? ` and ${holes.length - 3} more` : ''
  return `not seen, UTC: ${named.join(', ')}${rest}`
}

/** The gaps that windows name themselves, however short, as holes. */
export function gapsOf(observations: readonly Watched[]): readonly Hole[] {
  return observations.flatMap((o) => o.gaps)
}

/** A window belongs to the period that holds its middle: of neighbouring periods to one. */
export function belongsTo(seen: Span, { from, to }: Span): boolean {
  const middle = (seen.from + seen.to) / 2
  return middle >= from && (middle < to || (from === to && middle === to))
}

/** The time that these observations speak of: what a run that knows no other period is judged over. */
export function periodOf(observations: readonly Span[]): Span | null {
  if (observations.length === 0) return null
  return {
    from: Math.min(...observations.map((o) => o.from)),
    to: Math.max(...observations.map((o) => o.to)),
  }
}

/** What a window names no gap in, as far as packets were due in it: no packet looks at no time. */
function coveredBy(o: Watched): readonly Span[] {
  const open = openIn(o)
  const idle = idleMs(o)
  return idle === 0 ? open : firstOf(open, lengthOf(open) - idle)
}

/** How much of a window outside its gaps no packet was due in; 0: less than a seam. */
export function idleMs(o: Omit<Watched, 'attribution' | 'legs'>): number {
  const lookedMs = (o.instrument.scheduled / o.calls) * o.ptimeMs
  const idle = lengthOf(openIn(o)) - lookedMs
  return idle < SEAM_MS ? 0 : idle
}

function openIn(o: Span & Pick<Watched, 'gaps'>): readonly Span[] {
  return o.gaps.reduce<readonly Span[]>((spans, gap) => spans.flatMap((s) => without(s, gap)), [o])
}

function firstOf(spans: readonly Span[], ms: number): readonly Span[] {
  let left = ms
  return spans.flatMap(({ from, to }) => {
    const end = Math.min(to, from + left)
    left -= end - from
    return end > from ? [{ from, to: end }] : []
  })
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0)
}

function without(span: Span, gap: Span): readonly Span[] {
  if (gap.to <= span.from || gap.from >= span.to) return [span]
  const before = { from: span.from, to: gap.from }
  const after = { from: gap.to, to: span.to }
  return [before, after].filter((part) => part.to > part.from)
}

/** What tells why nothing was seen, by when it began: gaps with their own cause, and silent windows. */
function causesIn(observations: readonly Watched[]): readonly Hole[] {
  const silent = observations
    .filter((o) => !wasHeard(o))
    .map(({ from, to }) => ({ from, to, cause: NO_REPLY }))
  return [...gapsOf(observations), ...silent].sort((a, b) => a.from - b.from)
}

/** One stretch, each part with what was the cause then: a gap's own word goes before a silence. */
function parted({ from, to }: Span, causes: readonly Hole[]): readonly Hole[] {
  const here = causes.filter((one) => one.from < to && one.to > from)
  const inside = here.flatMap((one) => [one.from, one.to]).filter((at) => at > from && at < to)
  const edges = [...new Set([from, ...inside, to])].sort((a, b) => a - b)
  const parts: Hole[] = []
  let open: Hole[] = []
  let next = 0
  for (const [at, end] of edges.slice(1).entries()) {
    const begin = edges[at] ?? from
    for (let one = here[next]; one !== undefined && one.from <= begin; one = here[next]) {
      open.push(one)
      next += 1
    }
    open = open.filter((one) => one.to > begin)
    const told = open.find(({ cause }) => cause !== NO_REPLY) ?? open[0]
    extend(parts, { from: begin, to: end, cause: told?.cause ?? NO_RECORD })
  }
  return parts
}

/** Adds a part to those before it; a seam between two windows is no part of its own. */
function extend(parts: Hole[], part: Hole): void {
  const last = parts.at(-1)
  if (last === undefined) parts.push(part)
  else if (last.cause === part.cause || isSeam(part))
    parts[parts.length - 1] = { ...last, to: part.to }
  else if (isSeam(last)) parts[parts.length - 1] = { ...part, from: last.from }
  else parts.push(part)
}

function isSeam({ from, to, cause }: Hole): boolean {
  return to - from < SEAM_MS && (cause === NO_RECORD || cause === NO_REPLY)
}

/** What is over within the second that it began in is told by its length. */
function timeText({ from, to }: Span): string {
  const [begin, end] = [utcTime(from), utcTime(to)]
  return begin === end ? `${begin} for ${Math.round(to - from)} ms` : `${begin}-${end}`
}

/** Time of day in UTC, seconds shown: `10:15:00`. */
function utcTime(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19)
}
