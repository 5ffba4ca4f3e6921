import type { LoadedSite } from '../../config/load.ts'
import { EXIT, Fault } from '../../shared/errors.ts'
import { readyFarEnds, segmentsAtHand } from '../far-ends.ts'
import { requireOwn } from '../io/own-address.ts'
import type { Log } from '../log.ts'
import { planStreams, type ReadyFarEnd } from '../plan.ts'
import { sleep } from '../sleep.ts'
import { startStreams } from '../stream/start.ts'
import type { StreamEvent, StreamPlan } from '../stream/types.ts'
import { backoffMs } from '../uplink/backoff.ts'
import { BorderWatch } from './border-watch.ts'
import type { FarEndWatch } from './far-end-watch.ts'
import type { Recorder } from './recorder.ts'

export interface MeasuringParts {
  readonly loaded: LoadedSite
  /** The site file, for messages. */
  readonly where: string
  readonly engine: StreamPlan['engine']
  readonly calls: number
  readonly codec: 'g711' | 'g729'
  readonly log: Log
  readonly recorder: Recorder
  readonly farEnds: Pick<FarEndWatch, 'note' | 'forget'>
  readonly stop: AbortSignal
}

const FLUSH_EVERY_MS = 5_000
const BORDERS_AGAIN_MS = 600_000
/** An opening takes a few round trips. */
const OPENING_MS = 10_000

/**
 * Keeps one stream to each far end running until told to stop. A worker that dies is started anew,
 * and a name that does not resolve is asked for again: an agent that gives up measures nothing.
 */
export async function keepMeasuring(parts: MeasuringParts): Promise<void> {
  const { recorder, log } = parts
  const borders = new BorderWatch(log)
  const look = () => {
    recorder.flush()
    borders.look(performance.now())
  }
  const flushing = setInterval(look, FLUSH_EVERY_MS)
  try {
    await untilStopped(parts, borders)
  } finally {
    clearInterval(flushing)
  }
}

async function untilStopped(parts: MeasuringParts, watch: BorderWatch): Promise<void> {
  const { log, stop } = parts
  let failures = 0
  while (!stop.aborted) {
    const startedMs = performance.now()
    try {
      const { site, keys } = parts.loaded
      await requireOwn(site.localAddress, parts.where)
      const farEnds = await readyFarEnds(site, keys, parts.where)
      await measureOnce(parts, { farEnds, borders: await bordersOf(parts), watch })
    } catch (error) {
      if (!(error instanceof Fault) || error.exit === EXIT.usage) throw error
      // A worker that ran for ten minutes was no failed start.
      failures = performance.now() - startedMs > 600_000 ? 1 : failures + 1
      const waitMs = backoffMs(failures, Math.random())
      log.error(error.message, { nextTrySeconds: Math.ceil(waitMs / 1000) })
      await sleep(waitMs, stop)
    }
  }
}

type Borders = Awaited<ReturnType<typeof segmentsAtHand>>

function bordersOf({ loaded, where }: MeasuringParts): Promise<Borders> {
  return segmentsAtHand(loaded.site, loaded.segmentKeys, where)
}

/** Ends these streams once a border is ready that was not when they began: they begin anew with it. */
function awaitBorders(parts: MeasuringParts, borders: Borders, end: () => void) {
  for (const { message } of borders.lacking) {
    parts.log.error('the border of a segment is left out', { why: message })
  }
  const look = async () => {
    const { ready } = await bordersOf(parts)
    if (ready.length > borders.ready.length) end()
  }
  const again = borders.lacking.length > 0
  // Whatever keeps it from being ready now, it is asked for again.
  return again ? setInterval(() => void look().catch(() => {}), BORDERS_AGAIN_MS) : undefined
}

interface Ways {
  readonly farEnds: readonly ReadyFarEnd[]
  readonly borders: Borders
  readonly watch: BorderWatch
}

async function measureOnce(
  parts: MeasuringParts,
  { farEnds, borders, watch }: Ways,
): Promise<void> {
  const { engine, calls, codec, log, recorder, stop, loaded } = parts
  const { localAddress } = loaded.site
  const plan = planStreams(loaded.profile.profile, farEnds, {
    ...{ engine, windows: 'minute', calls, codec, segments: borders.ready },
    ...(localAddress === undefined ? {} : { localAddress }),
  })
  recorder.expect(plan.targets.length)
  const streams = startStreams(plan)
  const end = () => void streams.stop()
  stop.addEventListener('abort', end, { once: true })
  if (stop.aborted) end()
  const waiting = awaitBorders(parts, borders, end)
  const opening = new Openings(log)
  try {
    await new Promise<void>((resolve, reject) => {
      streams.on((event) => {
        if (event.type === 'window') recorder.add(event.window)
        if (event.type === 'border') watch.note(event, performance.now())
        if (event.type === 'done') resolve()
        if (event.type === 'fault') {
          reject(
            new Fault('ENGINE', `packet engine (${event.code})`, 'a running engine', event.message),
          )
        }
        tell(log, event)
        opening.note(event)
        parts.farEnds.note(event)
      })
    })
  } finally {
    clearInterval(waiting)
    opening.forget()
    parts.farEnds.forget()
    stop.removeEventListener('abort', end)
  }
}

/** Sessions that are being opened: one that is never answered has no news of its own, and is told. */
class Openings {
  readonly #log: Log
  readonly #waiting = new Map<string, ReturnType<typeof setTimeout>>()

  constructor(log: Log) {
    this.#log = log
  }

  note(event: StreamEvent): void {
    if (event.type !== 'state') return
    const { farEnd, detail } = event
    clearTimeout(this.#waiting.get(farEnd))
    if (event.state !== 'opening' || event.answeredFrom !== undefined) return
    const tellIt = () => this.#log.warn(UNANSWERED, { farEnd, detail })
    this.#waiting.set(farEnd, setTimeout(tellIt, OPENING_MS))
  }

  forget(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer)
  }
}

const UNANSWERED = 'the far end does not answer: down, blocked, or it does not know the key'

const ELSEWHERE =
  'the far end answers from another address than is asked, so nothing of it is counted: name that address in --listen of its reflector, or find the NAT that rewrites its answers'

/** What an operator wants to know: what the instrument can do, and far ends that come and go. */
function tell(log: Log, event: StreamEvent): void {
  if (event.type === 'ready') {
    const { engine, receiveStamp, transmitStamp, scheduling, seeEgress } = event.capabilities
    log.info('packet engine', { engine, receiveStamp, transmitStamp, scheduling, seeEgress })
  }
  if (event.type !== 'state') return
  const facts = { farEnd: event.farEnd, detail: event.detail }
  if (event.answeredFrom !== undefined) log.warn(ELSEWHERE, facts)
  else if (event.state === 'silent') log.warn(UNANSWERED, facts)
  if (event.state === 'open') log.info('the far end answers', facts)
  if (event.state === 'refused') log.error('the far end refuses the session', facts)
}
