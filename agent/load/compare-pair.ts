import { aboveFastest } from '../../shared/measure/above-fastest.ts'
import type { QosLoad, QosPair } from '../../shared/record/qos.ts'
import type { StreamEvidence } from '../../shared/record/receipt.ts'
import type { ReadyFarEnd } from '../plan.ts'
import type { ClosedWindow, StreamEvent } from '../stream/types.ts'
import { LossGuard } from './loss-guard.ts'
import { type Offered, offerCalls } from './offer.ts'
import { linkRate } from './rates.ts'
import type { LoadInput, LoadParts } from './types.ts'

const BEST_EFFORT = 0
/** Both streams run this long without load in every step: the fastest packet must be a free one. */
const HEAD_START_MS = 700
/** The load outlives the voice beside it, however long it took to begin; it is ended with the voice. */
const LOAD_LONGER_MS = 5000

export interface PairAsk {
  readonly calls: number
  readonly stepMs: number
  readonly abortLoss: number
  /** Calls of best-effort load beside the voice; 0: none. */
  readonly load: number
}

export interface Compared {
  /** Null where one of the two streams never came about. */
  readonly pair: QosPair | null
  /** What the reflector signed of the two streams, and of the load beside them. */
  readonly evidence: readonly StreamEvidence[]
  /** Why the step ended before its time; empty where it did not. */
  readonly stopped: string
  /** What the reflector said where it refused voice or load. */
  readonly refused: string
}

/**
 * The same calls with the mark and without it at the same time, beside a load that begins a little
 * later. The load has an engine of its own, so that what it drops here is not dropped by the voice.
 * @throws Fault ENGINE when the instrument itself fails
 */
export async function comparePair(
  input: LoadInput,
  farEnd: ReadyFarEnd,
  ask: PairAsk,
  parts: LoadParts,
): Promise<Compared> {
  const { dscp } = input.profile.media
  const over = new AbortController()
  const begin = new Starter(
    ask.load === 0 ? null : () => startLoad(input, farEnd, ask, parts, over),
  )
  const guard = new LossGuard(ask.abortLoss, ask.calls)
  const watch = (event: StreamEvent): string | null => {
    begin.note(event)
    if (event.type !== 'progress' || event.dscp !== dscp) return null
    const share = guard.tripped(event)
    return share === null ? null : missingText(share)
  }
  const streams = [dscp, BEST_EFFORT].map((mark) => ({ calls: ask.calls, dscp: mark }))
  const durationMs = ask.stepMs + HEAD_START_MS
  try {
    const voice = await offerCalls(input, { farEnd, streams, durationMs, watch }, parts)
    over.abort()
    const load = await begin.started
    const pair = pairOf(voice, load, ask, farEnd)
    return { pair, evidence: evidenceIn(voice, load), ...wordsOf(voice, load) }
  } finally {
    over.abort()
    await begin.started
  }
}

export function missingText(share: number): string {
  return `${(100 * share).toFixed(1)} % of marked voice was missing`
}

/** Starts the load once, when both streams have had their head start. */
class Starter {
  started: Promise<Offered | null> = Promise.resolve(null)
  readonly #start: (() => Promise<Offered>) | null
  #open = 0

  constructor(start: (() => Promise<Offered>) | null) {
    this.#start = start
  }

  note(event: StreamEvent): void {
    if (event.type !== 'state' || event.state !== 'open') return
    this.#open += 1
    if (this.#open === 2 && this.#start !== null) this.started = this.#start()
  }
}

async function startLoad(
  input: LoadInput,
  farEnd: ReadyFarEnd,
  { load, stepMs }: PairAsk,
  parts: LoadParts,
  over: AbortController,
): Promise<Offered> {
  await new Promise((resolve) => setTimeout(resolve, HEAD_START_MS))
  const streams = [{ calls: load, dscp: BEST_EFFORT }]
  const signal = AbortSignal.any([parts.signal, over.signal])
  const durationMs = stepMs + LOAD_LONGER_MS
  return await offerCalls(input, { farEnd, streams, durationMs }, { ...parts, signal })
}

function wordsOf(voice: Offered, load: Offered | null): Pick<Compared, 'stopped' | 'refused'> {
  return { stopped: voice.stopped, refused: voice.refused || (load?.refused ?? '') }
}

/** Named as streams of a pair under load; a pair without any is that from before it. */
function evidenceIn(voice: Offered, load: Offered | null): StreamEvidence[] {
  const when = load === null ? 'before' : 'loaded'
  const names = [`${when}-marked`, `${when}-plain`] as const
  const named = (one: StreamEvidence | undefined, qos: NonNullable<StreamEvidence['qos']>) =>
    one === undefined ? [] : [{ ...one, qos }]
  return [
    ...names.flatMap((qos, at) => named(voice.evidence[at], qos)),
    ...named(load?.evidence[0], 'load'),
  ]
}

function pairOf(
  { windows, observations }: Offered,
  load: Offered | null,
  ask: PairAsk,
  farEnd: ReadyFarEnd,
): QosPair | null {
  const [marked, plain] = observations
  if (marked === undefined || plain === undefined) return null
  const groups = windows.map((window) => rowsOf(window))
  const above = (leg: 'out' | 'back') => {
    const [first = null, second = null] = aboveFastest(groups, leg)
    return { marked: first, plain: second }
  }
  return {
    ...{ marked, plain },
    above: { out: above('out'), back: above('back') },
    load: loadOf(load, ask, farEnd),
  }
}

function rowsOf(window: ClosedWindow | undefined) {
  return window?.streams.map(({ rows }) => rows) ?? []
}

/** Null where nothing of the load left. */
function loadOf(offered: Offered | null, { load }: PairAsk, farEnd: ReadyFarEnd): QosLoad | null {
  const [seen] = offered?.observations ?? []
  if (seen === undefined || seen.instrument.sent === 0) return null
  const { scheduled, notSent } = seen.instrument
  return {
    ...{ calls: load, kbit: linkRate(load, seen.codec, farEnd.address).ipKbit },
    ...{ scheduled, notSent },
    reached: seen.legs.out.loss.received,
    returned: seen.legs.back.loss.received,
  }
}
