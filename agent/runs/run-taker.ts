import type { RunAsk } from '../../shared/plan/run.ts'
import type { Log } from '../log.ts'
import type { OwnLoad } from '../run/own-load.ts'
import type { StreamPlan } from '../stream/types.ts'
import type { SignedClient } from '../uplink/signed-client.ts'
import type { RunEnd, RunTask } from './messages.ts'
import { runApart } from './run-apart.ts'
import type { RunRecords } from './run-records.ts'
import { Teller } from './teller.ts'

export interface RunTakerParts {
  readonly client: Pick<SignedClient, 'ask'>
  /** Where to look, and what allows it; null while this agent has no plan. */
  readonly source: () => Pick<RunTask, 'siteFile' | 'planFile'> | null
  readonly engine: StreamPlan['engine']
  readonly ownLoad: Pick<OwnLoad, 'begin'>
  readonly records: Pick<RunRecords, 'begun' | 'ended'>
  readonly log: Log
  readonly nowMs: () => number
  readonly random: () => number
}

export interface RunOrder {
  readonly id: string
  readonly ask: RunAsk
}

interface Current {
  readonly id: string
  readonly unwanted: AbortController
  /** What was not told until then is not told any more. */
  readonly giveUp: AbortController
  /** Its process has ended; what is left is to tell it. */
  readonly measured: Promise<void>
  readonly over: Promise<void>
}

/** When the agent stops, its run is told as failed for so long, from the end of its process on. */
const LAST_WORD_MS = 5000

/** Does what the collector orders, one run at a time: also two small ones would disturb each other. */
export class RunTaker {
  readonly #parts: RunTakerParts
  #current: Current | null = null
  #agentStops = false
  #onIdle: () => void = () => undefined

  constructor(parts: RunTakerParts) {
    this.#parts = parts
  }

  /** The run under way, until its end is told; absent: none. */
  get busy(): string | undefined {
    return this.#current?.id
  }

  /** Called whenever a run's end has been told. */
  onIdle(listener: () => void): void {
    this.#onIdle = listener
  }

  /** Begins a run; one that is under way already is what an answer that was repeated speaks of. */
  take(order: RunOrder): void {
    if (this.#current !== null || this.#agentStops) return
    const unwanted = new AbortController()
    const giveUp = new AbortController()
    const { id } = order
    let onMeasured = () => {}
    const measured = new Promise<void>((resolve) => {
      onMeasured = resolve
    })
    const fail = (error: unknown) =>
      this.#parts.log.error('a run failed by a defect', { run: id, why: String(error) })
    const over = this.#run(order, unwanted, giveUp.signal, onMeasured)
      .catch(fail)
      .finally(() => {
        onMeasured()
        this.#current = null
        this.#onIdle()
      })
    this.#current = { id, unwanted, giveUp, measured, over }
  }

  /** Ends a run before its time. */
  cancel(id: string): void {
    if (this.#current?.id === id) this.#current.unwanted.abort()
  }

  /** The agent stops: the run under way is told as failed, if the collector can be reached soon. */
  async close(): Promise<void> {
    this.#agentStops = true
    if (this.#current === null) return
    const { giveUp, unwanted, measured, over } = this.#current
    unwanted.abort()
    // A busy host takes seconds to end the run itself: they are not those in which to tell it.
    await measured
    const timer = setTimeout(() => giveUp.abort(), LAST_WORD_MS)
    await over
    clearTimeout(timer)
  }

  async #run(
    order: RunOrder,
    unwanted: AbortController,
    giveUp: AbortSignal,
    onMeasured: () => void,
  ): Promise<void> {
    const { client, nowMs, random, log } = this.#parts
    const { id, ask } = order
    const facts = { run: id, kind: ask.kind }
    log.info('a run was asked for', facts)
    const onUnwanted = () => unwanted.abort()
    const teller = new Teller({ client, id, nowMs, random, onUnwanted, stop: giveUp })
    const telling = teller.run()
    const end = this.#asAgentKnows(await this.#measure(order, teller, unwanted.signal))
    onMeasured()
    teller.ended(end)
    await telling
    log.info('the run is over', { ...facts, outcome: end.outcome, why: end.why })
  }

  async #measure({ id, ask }: RunOrder, teller: Teller, stop: AbortSignal): Promise<RunEnd> {
    const { source, engine, ownLoad, log, records } = this.#parts
    const where = source()
    if (where === null) {
      const why = 'this agent has no plan yet to run by'
      return { outcome: 'refused', why, result: null }
    }
    let endLoad = () => {}
    try {
      const end = await runApart(
        { ask, engine, ...where },
        {
          onReady: (makesLoad) => {
            records.begun({ id, kind: ask.kind })
            if (makesLoad) endLoad = ownLoad.begin()
            log.info('the run is allowed and begins', { run: id, makesLoad })
            teller.started()
          },
          onProgress: (text) => teller.progress(text),
          stop,
        },
      )
      records.ended(end)
      return end
    } finally {
      endLoad()
    }
  }

  /** What was stopped because the agent stops was not cancelled by anybody. */
  #asAgentKnows(end: RunEnd): RunEnd {
    if (!this.#agentStops || end.outcome === 'done') return end
    const why = 'the agent was stopped before the run ended'
    return { outcome: 'failed', why, result: null }
  }
}
