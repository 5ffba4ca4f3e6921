import { INTERVAL_MS } from '../clock.ts'
import type { LineOf } from '../evidence/bundle.ts'
import { endOfInterval, startOfInterval, type Time } from '../intervals.ts'
import { ok, type Result, refuse } from '../result.ts'
import type { Phase } from './terms.ts'

export const DAY_MS = 24 * 3_600_000
/** How far the timeline reaches back before onset, and on after the end. */
const BEFORE_MS = 7 * DAY_MS
const AFTER_MS = DAY_MS
/** Four quarter hours: the state that the outage found. */
export const REFERENCE_MS = 3_600_000

export interface Outage extends Time {
  readonly ref: string
}

/** A whole quarter hour, and where it stands to the outage. */
export interface Quarter extends Time {
  readonly phase: Phase
  /** One of those that the answers are about. */
  readonly reference: boolean
}

export interface Scope {
  readonly outage: Outage
  readonly span: Time
  readonly reference: Time
  readonly quarters: readonly Quarter[]
}

/** What a bundle must hold for an outage: from a week before it to a day after it, whole quarters. */
export function wantedSpan(outage: Time): Time {
  return { from: startOfInterval(outage.from - BEFORE_MS), to: endOfInterval(outage.to + AFTER_MS) }
}

/**
 * What is looked at for an outage in a bundle. The reference is whole quarter hours that were over
 * when the outage began; one that it cuts is the outage's own.
 * @param referenceMs length of the reference, whole quarter hours
 * @returns the reason where the bundle does not hold the reference and the onset
 */
export function scopeOf(
  manifest: Pick<LineOf<'manifest'>, 'from' | 'to'>,
  outage: Outage,
  referenceMs: number,
): Result<Scope, string> {
  const until = startOfInterval(outage.from)
  const reference = { from: until - referenceMs, to: until }
  if (manifest.from > reference.from || manifest.to < reference.to) {
    return refuse(`${utcSpan(manifest)}, and ${utcSpan(reference)} is asked about`)
  }
  const wanted = wantedSpan(outage)
  const span = {
    from: Math.max(wanted.from, endOfInterval(manifest.from)),
    to: Math.min(wanted.to, startOfInterval(manifest.to)),
  }
  const quarters: Quarter[] = []
  for (let from = span.from; from < span.to; from += INTERVAL_MS) {
    const to = from + INTERVAL_MS
    const inside = from >= reference.from && to <= reference.to
    quarters.push({ from, to, phase: phaseOf({ from, to }, outage), reference: inside })
  }
  return ok({ outage, span, reference, quarters })
}

/** A time that touches the outage is `during`. An outage still going on has no after. */
export function phaseOf(time: Time, outage: Time): Phase {
  if (time.to <= outage.from) return 'before'
  return time.from >= outage.to ? 'after' : 'during'
}

/** The span of time that a phase of the scope covers; null where it is empty. */
export function phaseSpan({ quarters }: Pick<Scope, 'quarters'>, phase: Phase): Time | null {
  const own = quarters.filter((quarter) => quarter.phase === phase)
  const [first, last] = [own[0], own.at(-1)]
  return first === undefined || last === undefined ? null : { from: first.from, to: last.to }
}

export function overlapMs(a: Time, b: Time): number {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from))
}

/** `2026-03-02T09:15Z`: a time to the minute, to the second where it has some. */
export function utcText(ms: number): string {
  const text = new Date(ms).toISOString()
  return ms % 60_000 === 0 ? `${text.slice(0, 16)}Z` : `${text.slice(0, 19)}Z`
}

export function utcSpan({ from, to }: Time): string {
  return `${utcText(from)} to ${utcText(to)}`
}
