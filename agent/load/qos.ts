import { Fault } from '../../shared/errors.ts'
import type { QosObservation, QosPair } from '../../shared/record/qos.ts'
import type { StreamEvidence } from '../../shared/record/receipt.ts'
import { fared } from '../../shared/verdict/congestion.ts'
import { wasHeard } from '../../shared/verdict/coverage.ts'
import { rulingUnderLoad } from '../../shared/verdict/under-load.ts'
import type { ReadyFarEnd } from '../plan.ts'
import { type Compared, comparePair, missingText } from './compare-pair.ts'
import { linkRate, rateText } from './rates.ts'
import type { LoadCaps, LoadInput, LoadParts } from './types.ts'

export interface QosAsk {
  /** Calls with the mark, and as many without it. */
  readonly calls: number
  /** How long both are compared at each load. */
  readonly stepMs: number
  /** Share of marked voice missing for some seconds that ends a step, 0 to 1. */
  readonly abortLoss: number
}

export interface QosRun {
  readonly observations: readonly QosObservation[]
  /** What stands behind them besides this host's own word. */
  readonly evidence: readonly StreamEvidence[]
  /** What came of it, in a line for people. */
  readonly summary: string
}

type Ended = QosObservation['ended']

const LEGS = ['out', 'back'] as const
/** The first load, in calls; then twice as much each time. */
const FIRST_LOAD = 4
/** Calls that one session of a reflector may have at the most. */
const MOST_LOAD = 2000
/** Schema's bounds. */
const MOST_STEPS = 32
const MOST_WHY = 200

/**
 * Compares marked voice with unmarked, at one far end after the other: first in quiet, then beside a
 * best-effort load that doubles until best effort suffers, or all that is allowed was offered. The
 * load is calls of our own, answered by the reflector within what it grants.
 * @throws Fault USAGE where the voice alone is more than may be offered, ENGINE when the instrument fails
 */
export async function runQos(
  input: LoadInput,
  ask: QosAsk,
  caps: Pick<LoadCaps, 'maxKbitPerSecond'>,
  parts: LoadParts,
): Promise<QosRun> {
  const { profile, codec = profile.media.codec, farEnds } = input
  if (profile.media.dscp === 0) {
    const found = 'DSCP 0'
    throw new Fault('USAGE', 'profile', 'voice with a mark of its own', found, 'nothing to compare')
  }
  const looks: LookedAt[] = []
  for (const farEnd of farEnds) {
    if (parts.signal.aborted) break
    const loads = loadSteps(ask, caps, linkRate(1, codec, farEnd.address).ipKbit)
    const seen = await lookAt(farEnd, { input, ask, parts, loads }, caps)
    if (seen !== null) looks.push(seen)
  }
  const observations = looks.map((look) => look.observation)
  const evidence = looks.flatMap((look) => look.evidence)
  const said = observations.map((seen) => qosText(seen, input))
  return { observations, evidence, summary: said.join('; ') || 'nothing was seen' }
}

/**
 * The loads to try, in calls: doubling, the last one all that is allowed beside the voice.
 * @param perCall kbit/s of a call one way
 * @throws Fault USAGE where not even the first load is allowed
 */
export function loadSteps(
  ask: QosAsk,
  caps: Pick<LoadCaps, 'maxKbitPerSecond'>,
  perCall: number,
): readonly number[] {
  const voice = 2 * ask.calls
  const allowed = Math.floor(caps.maxKbitPerSecond / perCall) - voice
  const most = Math.min(allowed, MOST_LOAD)
  if (most < 1) {
    const wanted = `at least ${rateText((voice + 1) * perCall)} each way for ${ask.calls} calls of each kind`
    const found = rateText(caps.maxKbitPerSecond)
    throw new Fault('USAGE', 'most that may be offered', wanted, found, 'ask for fewer calls')
  }
  const steps: number[] = []
  for (let calls = FIRST_LOAD; calls < most; calls *= 2) steps.push(calls)
  return [...steps, most]
}

interface Look {
  readonly input: LoadInput
  readonly ask: QosAsk
  readonly parts: LoadParts
  readonly loads: readonly number[]
}

interface LookedAt {
  readonly observation: QosObservation
  readonly evidence: readonly StreamEvidence[]
}

async function lookAt(
  farEnd: ReadyFarEnd,
  look: Look,
  caps: Pick<LoadCaps, 'maxKbitPerSecond'>,
): Promise<LookedAt | null> {
  const { input, ask, parts, loads } = look
  parts.progress(`${farEnd.farEnd}: without load`)
  const quiet = await comparePair(input, farEnd, { ...ask, load: 0 }, parts)
  const before = quiet.pair
  if (before === null) return null
  const steps: QosObservation['steps'] = []
  let last: Compared | null = null
  let end = quietEnd(quiet, before, ask.abortLoss)
  for (const [at, load] of loads.entries()) {
    if (end !== null || parts.signal.aborted) break
    parts.progress(`${farEnd.farEnd}: load of ${load} calls, step ${at + 1} of ${loads.length}`)
    const seen = await comparePair(input, farEnd, { ...ask, load }, parts)
    end = endOf(before, seen, input, parts.signal.aborted)
    if (seen.pair?.load == null) continue
    last = seen
    if (steps.length < MOST_STEPS) steps.push(stepOf(seen.pair, seen.pair.load))
  }
  const { ended, why } = end ?? (parts.signal.aborted ? STOPPED : CAP)
  const loaded = last?.pair ?? null
  const observation: QosObservation = {
    ...{ kind: 'qos', farEnd: farEnd.farEnd, from: before.marked.from },
    to: (loaded ?? before).marked.to,
    capKbit: Math.round(caps.maxKbitPerSecond),
    ...{ before, loaded, steps, ended, why: why.slice(0, MOST_WHY) },
  }
  return { observation, evidence: [...quiet.evidence, ...(last?.evidence ?? [])] }
}

interface End {
  readonly ended: Ended
  readonly why: string
}
const UNANSWERED: End = { ended: 'unanswered', why: '' }
const STOPPED: End = { ended: 'stopped', why: '' }
const CAP: End = { ended: 'cap', why: '' }

/** Why no load is offered at all: one more would only harm a way that loses so much without any. */
function quietEnd(quiet: Compared, { marked }: QosPair, abortLoss: number): End | null {
  if (quiet.refused !== '') return refusedBy(quiet)
  if (!wasHeard(marked)) return UNANSWERED
  const { out, back } = marked.legs
  const missing = 1 - back.loss.received / Math.max(1, out.loss.expected)
  // What watches meanwhile needs some seconds to be sure.
  const why = quiet.stopped === '' && missing > abortLoss ? missingText(missing) : quiet.stopped
  return why === '' ? null : { ended: 'voice-suffered', why }
}

function refusedBy({ refused }: Compared): End {
  return { ended: 'refused', why: refused }
}

/** Why no more load is tried after this step; null where more is. */
function endOf(before: QosPair, seen: Compared, input: LoadInput, aborted: boolean): End | null {
  const { pair } = seen
  if (seen.refused !== '' && (pair?.load ?? null) === null) return refusedBy(seen)
  if (pair === null) return aborted ? STOPPED : UNANSWERED
  const minimum = input.profile.judging.minimumPackets
  const suffers = (which: 'marked' | 'plain') =>
    LEGS.some((leg) => {
      const { queued, dropped } = fared(before, pair, which, leg, minimum)
      return queued || dropped
    })
  if (suffers('plain')) return { ended: 'suffered', why: '' }
  if (seen.stopped !== '') return { ended: 'voice-suffered', why: seen.stopped }
  return aborted ? STOPPED : null
}

function stepOf(
  { above }: QosPair,
  load: NonNullable<QosPair['load']>,
): QosObservation['steps'][number] {
  const rise = (leg: 'out' | 'back') => ({
    marked: above[leg].marked?.p95 ?? null,
    plain: above[leg].plain?.p95 ?? null,
  })
  return { load, out: rise('out'), back: rise('back') }
}

/** `primary: out pass priority-kept (load 1.28 Mbit/s each way ...); back inconclusive ...` */
function qosText(seen: QosObservation, { profile }: LoadInput): string {
  const legs = LEGS.map((leg) => {
    const { verdict, reason } = rulingUnderLoad(profile, seen, leg)
    return `${leg} ${verdict} ${reason}`
  })
  const load = seen.steps.at(-1)?.load
  const offered =
    load === undefined ? 'no load offered' : `load up to ${rateText(load.kbit)} each way`
  return `${seen.farEnd}: ${legs.join(', ')}; ${offered}`
}
