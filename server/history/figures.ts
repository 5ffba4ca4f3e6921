import { INTERVAL_MS } from '../../shared/clock.ts'
import { mergeStreamObservations } from '../../shared/measure/merge.ts'
import type { Profile } from '../../shared/profile/schema.ts'
import type { Leg, StreamObservation } from '../../shared/record/observation.ts'
import { type Hole, holesIn, underOwnLoad } from '../../shared/verdict/coverage.ts'
import { voidFaultyClocks } from '../../shared/verdict/faulty-clocks.ts'
import type { Finding, Verdict } from '../../shared/verdict/finding.ts'
import type { FarEndTable } from '../store/history/tables.ts'
import { packBody } from './body.ts'

export type FarEndFigures = Omit<FarEndTable, 'site' | 'from_ms'>

/** One far end, or the far border of one segment, in one interval. */
export interface Place {
  readonly farEnd: 'primary' | 'secondary'
  readonly segment: string
}

const KINDS = ['one-way-delay', 'jitter', 'segment-loss', 'marking'] as const
const LETTERS: { readonly [V in Verdict]: string } = {
  pass: 'p',
  fail: 'f',
  inconclusive: 'i',
  'not-tested': 'n',
}

/** Every site has both; so has one of which nothing at all is known, not even its profile. */
const BOTH: readonly string[] = ['primary', 'secondary']

/** The places that an interval has rows for: both far ends of the profile, and every segment seen. */
export function placesOf(streams: readonly StreamObservation[], profile: Profile | null): Place[] {
  const names = new Set<string>(
    (profile?.farEnds ?? (streams.length === 0 ? BOTH : [])).map((name) => `${name}/`),
  )
  for (const { farEnd, segment } of streams) names.add(`${farEnd}/${segment ?? ''}`)
  return [...names].sort().map((name) => {
    const [farEnd, segment = ''] = name.split('/')
    return { farEnd: farEnd === 'secondary' ? 'secondary' : 'primary', segment }
  })
}

/**
 * What is kept of one place in one interval: exact counts, p95 by the merged histograms, what was not
 * seen and why, the verdicts of the media lines, and the merged observation itself.
 */
export function figuresOf(
  place: Place,
  streams: readonly StreamObservation[],
  judged: { readonly profile: Profile | null; readonly findings: readonly Finding[] },
  period: { readonly fromMs: number; readonly silence: readonly Hole[] },
): FarEndFigures {
  const here = streams.filter(
    (seen) => seen.farEnd === place.farEnd && (seen.segment ?? '') === place.segment,
  )
  const merged = mergeStreamObservations(
    here.filter((seen) => !underOwnLoad(seen)).map(voidFaultyClocks),
  )
  const holes = holesIn(here, period.fromMs, period.fromMs + INTERVAL_MS)
  const gaps = holes.flatMap((hole) => explain(hole, period.silence))
  const dscp = judged.profile?.media.dscp ?? 46
  return {
    ...{ far_end: place.farEnd, segment: place.segment, windows: here.length },
    ...lossColumns(merged),
    ...delayColumns(merged),
    jitter_out_us: us(merged?.legs.out.jitter?.running.p95),
    jitter_back_us: us(merged?.legs.back.jitter?.running.p95),
    ...markColumns(merged, dscp),
    gap_ms: gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0),
    gaps: JSON.stringify(gaps),
    verdicts: letters(place, judged.profile, judged.findings),
    body: packBody(merged),
  }
}

function lossColumns(merged: StreamObservation | null) {
  const { out, back } = merged?.legs ?? {}
  return {
    sent_out: out?.loss.expected ?? 0,
    lost_out: out?.loss.lost ?? 0,
    sent_back: back?.loss.expected ?? 0,
    lost_back: back?.loss.lost ?? 0,
    unattributed: Math.max(out?.loss.unattributed ?? 0, back?.loss.unattributed ?? 0),
  }
}

/** Where one-way delay is not known, it lies between nothing and the round trip. */
function delayColumns(merged: StreamObservation | null) {
  const of = (leg: Leg | undefined) => {
    if (leg?.delay) return [us(leg.delay.atLeast.p95), us(leg.delay.atMost.p95)] as const
    return merged?.rtt ? ([0, us(merged.rtt.p95)] as const) : ([null, null] as const)
  }
  const [outLow, outHigh] = of(merged?.legs.out)
  const [backLow, backHigh] = of(merged?.legs.back)
  return {
    ...{ delay_out_low_us: outLow, delay_out_high_us: outHigh },
    ...{ delay_back_low_us: backLow, delay_back_high_us: backHigh },
  }
}

function markColumns(merged: StreamObservation | null, dscp: number) {
  const of = (leg: Leg | undefined) => {
    const seen = leg?.tos.seen ?? []
    const sum = (list: typeof seen) => list.reduce((n, { packets }) => n + packets, 0)
    return [sum(seen), sum(seen.filter(({ value }) => value >> 2 === dscp))] as const
  }
  const [seenOut, markedOut] = of(merged?.legs.out)
  const [seenBack, markedBack] = of(merged?.legs.back)
  return {
    ...{ seen_out: seenOut, marked_out: markedOut },
    ...{ seen_back: seenBack, marked_back: markedBack },
  }
}

/** A stretch without any record is the site's silence, or the collector's own absence. */
function explain(hole: Hole, silence: readonly Hole[]): Hole[] {
  if (hole.cause !== 'no record') return [hole]
  return silence
    .map((part) => ({
      from: Math.max(part.from, hole.from),
      to: Math.min(part.to, hole.to),
      cause: part.cause,
    }))
    .filter((part) => part.to > part.from)
}

function letters(place: Place, profile: Profile | null, findings: readonly Finding[]): string {
  return KINDS.flatMap((kind) => {
    const ids = new Set(
      (profile?.requirements ?? []).filter((line) => line.kind === kind).map(({ id }) => id),
    )
    return (['out', 'back'] as const).map((leg) => {
      // Findings come worst first: the first that fits is the one to show.
      const found = findings.find(
        (one) =>
          ids.has(one.id) &&
          one.leg === leg &&
          one.farEnd === place.farEnd &&
          (one.segment ?? '') === place.segment,
      )
      return found === undefined ? 'n' : LETTERS[found.verdict]
    })
  }).join('')
}

function us(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 1000)
}
