import type { Requirement } from '../profile/schema.ts'
import type { FarEndName } from '../profile/site.ts'
import type { StreamObservation } from '../record/observation.ts'
import type { Finding, Verdict } from './finding.ts'
import { LOAD_COMMANDS } from './load-reasons.ts'
import { REASONS, type ReasonCode } from './reasons.ts'

export type LegName = 'out' | 'back'

/** What a judge says of one place; {@link findingOf} makes the finding of it. */
export interface Ruling {
  readonly verdict: Verdict
  readonly reason: ReasonCode
  readonly detail?: string
  readonly value?: number | null
  readonly interval?: readonly [low: number, high: number] | null
  readonly n?: number
  readonly alternatives?: Finding['alternatives']
  /** How much of the same stream would probably decide, seconds; null when no length would. */
  readonly runFor?: { readonly more: number; readonly total: number } | null
  /** What to do, where more is known than the reason's own advice says. */
  readonly advice?: string
  /** Overrides of the scale, where this ruling speaks of round trips instead of a leg. */
  readonly scale?: Partial<Scale>
}

/** What a line is measured in and held against. */
export type Scale = Pick<Finding, 'unit' | 'limit' | 'op' | 'statistic'>

export const NO_SCALE: Scale = { unit: 'none', limit: null, op: 'none', statistic: '' }

export interface Place {
  readonly leg: Finding['leg']
  readonly farEnd: FarEndName | 'none'
  /** The part of the way that is spoken of; absent: the whole. */
  readonly segment?: string
}

/** Makes a finding of a ruling; fills in title, advice and the command that tests the line again. */
export function findingOf(line: Requirement, place: Place, scale: Scale, ruling: Ruling): Finding {
  return {
    id: line.id,
    title: line.title,
    leg: place.leg,
    farEnd: place.farEnd,
    ...(place.segment === undefined ? {} : { segment: place.segment }),
    required: line.required,
    verdict: ruling.verdict,
    reason: ruling.reason,
    detail: ruling.detail ?? '',
    value: ruling.value ?? null,
    interval: ruling.interval ?? null,
    ...scale,
    ...ruling.scale,
    n: ruling.n ?? 0,
    alternatives: ruling.alternatives ?? [],
    advice: adviceOf(line, place.leg, ruling),
  }
}

/** A trace from here shows the way out alone, so it is no advice for the way back. */
const BACK_ADVICE: { readonly [R in ReasonCode]?: string } = {
  'over-limit':
    'trace the way back from its other end (a reflector here, voip-ready path there), then mend ' +
    'queueing or capacity there',
  'mark-changed':
    'trace the way back from its other end (a reflector here, voip-ready path there) and trust ' +
    'DSCP 46 where it changes',
}

/** What to do next, then the command that tests only this line; empty for a pass. */
function adviceOf({ id, kind }: Requirement, leg: Place['leg'], ruling: Ruling): string {
  if (ruling.verdict === 'pass') return ''
  const onTheWayBack = leg === 'back' ? BACK_ADVICE[ruling.reason] : undefined
  const advice = ruling.advice ?? onTheWayBack ?? REASONS[ruling.reason].advice
  const underLoad = LOAD_COMMANDS[kind]
  const command = underLoad ?? `voip-ready check --site FILE --only ${id}`
  if (ruling.runFor === null) return 'so close to the limit that running longer may never decide'
  if (ruling.runFor === undefined || underLoad !== undefined)
    return advice === '' ? '' : `${advice}; then: ${command}`
  const { more, total } = ruling.runFor
  const spoken = more < 600 ? '' : `, about ${spokenSeconds(more)}`
  return `run ${more} s longer${spoken}; then: ${command} --duration ${total}s`
}

/** Nothing of this leg was measured: nothing came back at all, or too little of it. */
export function nothingSeen(seen: StreamObservation, leg: LegName): Ruling {
  if (seen.legs[leg].loss.received === 0) return { verdict: 'inconclusive', reason: 'no-reply' }
  return tooFew(0, 1, seen)
}

/** Fewer packets than the profile lets decide anything: longer, at the rate they came in. */
export function tooFew(n: number, minimum: number, { legs }: StreamObservation): Ruling {
  const ran = legs.out.loss.blocks.seconds
  const perSecond = n === 0 || ran === 0 ? CALL_PER_SECOND : n / ran
  const more = Math.max(1, Math.ceil((minimum - n) / perSecond))
  const runFor = { more, total: ran + more }
  const detail = `${n} packets, at least ${minimum} are needed`
  return { verdict: 'inconclusive', reason: 'too-few-packets', n, detail, runFor }
}

/** Packets of one call; where nothing came at all, no other rate is known. */
const CALL_PER_SECOND = 50

/** Seconds in the unit a person would use. */
function spokenSeconds(seconds: number): string {
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} min`
  return `${Math.ceil(seconds / 3600)} h`
}

/** Joins parts of a detail, leaving out the empty ones. */
export function joinDetail(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('; ')
}
