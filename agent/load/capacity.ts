import { Fault } from '../../shared/errors.ts'
import type { FarEndName } from '../../shared/profile/site.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { StreamEvidence } from '../../shared/record/receipt.ts'
import { capacityOf, type LegCapacity, worstHeld } from '../../shared/verdict/capacity.ts'
import { wasHeard } from '../../shared/verdict/coverage.ts'
import type { ReadyFarEnd } from '../plan.ts'
import type { StreamEvent } from '../stream/types.ts'
import { LossGuard } from './loss-guard.ts'
import { type Offered, offerCalls } from './offer.ts'
import { linkRate, rateText } from './rates.ts'
import type { LoadCaps, LoadInput, LoadParts } from './types.ts'

export interface CapacityAsk {
  /** Most calls to one far end. */
  readonly calls: number
  /** Calls added from step to step. */
  readonly step: number
  /** How long a step lasts. */
  readonly stepMs: number
  /** Share of packets missing for some seconds that ends everything, 0 to 1. */
  readonly abortLoss: number
}

/** Why a ramp went no further. */
export type RampEnd = 'all-offered' | 'broke' | 'host' | 'unanswered' | 'refused' | 'stopped'

/** What was offered to one far end, and what became of it. */
export interface Ramp {
  readonly farEnd: FarEndName
  readonly address: string
  readonly port: number
  readonly steps: readonly StreamObservation[]
  /** What the reflector signed of the steps. */
  readonly evidence: readonly StreamEvidence[]
  readonly ended: RampEnd
  /** What ended it, where a word is known; else empty. */
  readonly why: string
  readonly out: LegCapacity
  readonly back: LegCapacity
}

export interface CapacityRun {
  readonly ramps: readonly Ramp[]
  /** The steps of all of them. */
  readonly observations: readonly StreamObservation[]
  /** What stands behind them besides this host's own word. */
  readonly evidence: readonly StreamEvidence[]
  /** What came of it, in a line for people. */
  readonly summary: string
}

const LEGS = ['out', 'back'] as const
/** More steps than this are no ramp but a siege. */
const MOST_STEPS = 60

/**
 * Offers a rising number of calls to one far end after the other, both ways, until delay, jitter or
 * loss breaks on a leg, this host cannot send more, or all were offered.
 * @throws Fault USAGE where more is asked than may be offered, ENGINE when the instrument fails
 */
export async function runCapacity(
  input: LoadInput,
  ask: CapacityAsk,
  caps: LoadCaps,
  parts: LoadParts,
): Promise<CapacityRun> {
  const numbers = rampNumbers(ask)
  refuseBeyond(input, ask, numbers, caps)
  const ramps: Ramp[] = []
  for (const farEnd of input.farEnds) {
    if (parts.signal.aborted) break
    ramps.push(await rampTo(farEnd, input, { ...ask, numbers }, parts))
  }
  const observations = ramps.flatMap(({ steps }) => steps)
  const evidence = ramps.flatMap((ramp) => ramp.evidence)
  const summary = ramps.map(rampText).join('; ') || 'nothing was offered'
  return { ramps, observations, evidence, summary }
}

/** The numbers of calls of a ramp: every whole step, and the most at its end. */
export function rampNumbers({ calls, step }: Pick<CapacityAsk, 'calls' | 'step'>): number[] {
  const whole = Array.from({ length: Math.floor(calls / step) }, (_, i) => (i + 1) * step)
  return whole.at(-1) === calls ? whole : [...whole, calls]
}

function refuseBeyond(
  { farEnds, codec, profile }: LoadInput,
  { calls }: CapacityAsk,
  numbers: readonly number[],
  caps: LoadCaps,
): void {
  if (calls > caps.maxCalls) throw new Fault('USAGE', 'calls', `<= ${caps.maxCalls}`, calls)
  if (numbers.length > MOST_STEPS) {
    const repair = 'add more calls a step'
    throw new Fault('USAGE', 'ramp', `at most ${MOST_STEPS} steps`, numbers.length, repair)
  }
  for (const { address } of farEnds) {
    const { ipKbit } = linkRate(calls, codec ?? profile.media.codec, address)
    if (ipKbit > caps.maxKbitPerSecond) {
      const wanted = `at most ${rateText(caps.maxKbitPerSecond)} each way`
      throw new Fault('USAGE', `${calls} calls`, wanted, rateText(ipKbit), 'ask for fewer calls')
    }
  }
}

interface RampAsk extends CapacityAsk {
  readonly numbers: readonly number[]
}

async function rampTo(
  farEnd: ReadyFarEnd,
  input: LoadInput,
  ask: RampAsk,
  parts: LoadParts,
): Promise<Ramp> {
  const steps: StreamObservation[] = []
  const evidence: StreamEvidence[] = []
  let end: { readonly ended: RampEnd; readonly why: string } = { ended: 'all-offered', why: '' }
  for (const [at, calls] of ask.numbers.entries()) {
    const most = ask.numbers.at(-1)
    parts.progress(
      `${farEnd.farEnd}: ${calls} of ${most} calls, step ${at + 1} of ${ask.numbers.length}`,
    )
    const offered = await offerStep(farEnd, calls, input, ask, parts)
    const [seen] = offered.observations
    if (seen !== undefined) steps.push({ ...seen, ramp: true })
    evidence.push(...offered.evidence.filter((one) => one !== undefined))
    const over = whyOver(input, steps.at(-1), offered, parts.signal)
    if (over === null) continue
    end = over
    break
  }
  const { farEnd: name, address, port } = farEnd
  const [out, back] = LEGS.map((leg) => capacityOf(input.profile, steps, leg)) as [
    LegCapacity,
    LegCapacity,
  ]
  return { farEnd: name, address, port, steps, evidence, ...end, out, back }
}

function offerStep(
  farEnd: ReadyFarEnd,
  calls: number,
  input: LoadInput,
  { stepMs, abortLoss }: CapacityAsk,
  parts: LoadParts,
): Promise<Offered> {
  const guard = new LossGuard(abortLoss, calls)
  const watch = (event: StreamEvent): string | null => {
    if (event.type !== 'progress') return null
    const share = guard.tripped(event)
    return share === null
      ? null
      : `stopped early: ${(100 * share).toFixed(1)} % of the packets were missing`
  }
  const streams = [{ calls, dscp: input.profile.media.dscp }]
  return offerCalls(input, { farEnd, streams, durationMs: stepMs, watch }, parts)
}

/** Whether the ramp ends with this step, and why. */
function whyOver(
  { profile }: LoadInput,
  step: StreamObservation | undefined,
  { stopped, refused }: Offered,
  signal: AbortSignal,
): { readonly ended: RampEnd; readonly why: string } | null {
  const worst = step === undefined ? [] : LEGS.map((leg) => worstHeld(profile, [step], leg))
  if (worst.some((held) => held?.ruling.verdict === 'fail')) return { ended: 'broke', why: stopped }
  if (signal.aborted) return { ended: 'stopped', why: '' }
  if (step === undefined || !wasHeard(step)) {
    return refused === '' ? { ended: 'unanswered', why: '' } : { ended: 'refused', why: refused }
  }
  if (worst.some((held) => held?.ruling.reason === 'host')) return { ended: 'host', why: stopped }
  return stopped === '' ? null : { ended: 'stopped', why: stopped }
}

/** `primary: holds for 40 calls (3.20 Mbit/s); breaks at 50 on the way out (VRN-6)` */
export function rampText(ramp: Ramp): string {
  const { farEnd, ended, steps } = ramp
  const most = sustainedBy(ramp)
  const rate = (calls: number) =>
    steps[0] === undefined ? 0 : linkRate(calls, steps[0].codec, steps[0].peer.address).ipKbit
  const holds =
    most === null ? 'no number of calls held' : `holds for ${most} calls (${rateText(rate(most))})`
  const breaks = LEGS.flatMap((leg) => {
    const { broke } = ramp[leg]
    const way = leg === 'out' ? 'on the way out' : 'on the way back'
    return broke === null ? [] : [`breaks at ${broke.calls} ${way} (${broke.worst?.id})`]
  })
  const last = steps.at(-1)?.calls ?? 0
  const end = {
    'all-offered': 'all that were offered',
    broke: breaks.join(', '),
    host: `this host could not send ${last} calls soundly`,
    unanswered: last === 0 ? 'nobody answered' : `nobody answered at ${last} calls`,
    refused: `the reflector refused more: ${ramp.why}`,
    stopped: ramp.why === '' ? 'stopped before its time' : ramp.why,
  }[ended]
  return `${farEnd}: ${holds}; ${end}`
}

/** The most calls that held on both legs; null where none did. */
export function sustainedBy({ out, back }: Pick<Ramp, 'out' | 'back'>): number | null {
  if (out.sustained === null || back.sustained === null) return null
  return Math.min(out.sustained, back.sustained)
}
