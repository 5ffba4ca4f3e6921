import type { RunAsk } from '../../shared/plan/run.ts'
import type { RunPart } from '../../shared/record/record.ts'
import type { Log } from '../log.ts'
import type { OwnLoad } from '../run/own-load.ts'
import type { RunKept } from '../run/run-parts.ts'
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

/** Whom a run is told to while it goes on: the collector, or a person at this machine. */
export interface RunTeller {
  started(): void
  progress(text: string): void
  /** @param kept what became of it in the records; null: nothing of it is there yet */
  ended(end: RunEnd, kept: RunKept | null): void
  /** Runs until the end is told, or cannot be told any more. */
  run(): Promise<void>
}

/** A run that somebody at this machine asked for. */
export interface ByHand {
  readonly entered: NonNullable<RunPart['entered']>
  readonly teller: RunTeller
}

interface Current {
  readonly id: string
  readonly byHand: boolean
  readonly unwanted: AbortController
  /** What was not told until then is not told any more. */
  readonly giveUp: AbortController
  /** Its process has ended; what is left is to tell it. */
  readonly measured: Promise<void>
  readonly over: Promise<void>
}

/** When the agent stops, its run is told as failed for so long, from the end of its process on. */
const LAST_WORD_MS = 5000

/** What was not announced could be kept out of the records by whoever does not like its outcome. */
const UNANNOUNCED =
  'nothing can be kept in the state folder or the spool, so the run would not be announced: make room on the disk, or bring the collector back'

/** Does what the collector orders, one run at a time: also two small ones would disturb each other. */
export class RunTaker {
  readonly #parts: RunTakerParts
  #current: Current | null = null
  #agentStops = false
  #onChange: () => void = () => undefined
  #free: (() => void)[] = []

  constructor(parts: RunTakerParts) {
    this.#parts = parts
  }

  /** The collector's run that is under way, until its end is told; absent: none. */
  get busy(): string | undefined {
    return this.#current?.byHand === false ? this.#current.id : undefined
  }

  /** No run is under way, and one may begin. */
  get idle(): boolean {
    return this.#current === null && !this.#agentStops
  }

  /** Called whenever a run's end has been told, and when one that was asked for here begins. */
  onChange(listener: () => void): void {
    this.#onChange = listener
  }

  /** Resolves once no run is under way that was asked for here: the collector's would not be begun. */
  untilFree(stop: AbortSignal): Promise<void> {
    if (this.#current?.byHand !== true || stop.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#free.push(resolve)
      stop.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /**
   * Begins a run; one that is under way already is what an answer that was repeated speaks of.
   * False: another one is, or the agent stops.
   */
  take(order: RunOrder, byHand: ByHand | null = null): boolean {
    if (this.#current !== null || this.#agentStops) return false
    const unwanted = new AbortController()
    const giveUp = new AbortController()
    const { id } = order
    let onMeasured = () => {}
    const measured = new Promise<void>((resolve) => {
      onMeasured = resolve
    })
    const fail = (error: unknown) =>
      this.#parts.log.error('a run failed by a defect', { run: id, why: String(error) })
    const over = this.#run({ ...order, byHand }, unwanted, giveUp.signal, onMeasured)
      .catch(fail)
      .finally(() => {
        onMeasured()
        this.#current = null
        for (const go of this.#free.splice(0)) go()
        this.#onChange()
      })
    this.#current = { id, byHand: byHand !== null, unwanted, giveUp, measured, over }
    // A question that waits at the collector could be answered with a second run.
    if (byHand !== null) this.#onChange()
    return true
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
    order: Taken,
    unwanted: AbortController,
    giveUp: AbortSignal,
    onMeasured: () => void,
  ): Promise<void> {
    const { client, nowMs, random, log } = this.#parts
    const { id, ask, byHand } = order
    const facts = { run: id, kind: ask.kind }
    log.info('a run was asked for', { ...facts, by: byHand?.entered.by ?? 'the collector' })
    const onUnwanted = () => unwanted.abort()
    const teller =
      byHand?.teller ?? new Teller({ client, id, nowMs, random, onUnwanted, stop: giveUp })
    const telling = teller.run()
    const { end: measured, kept } = await this.#measure(order, teller, unwanted.signal)
    const end = this.#asAgentKnows(measured)
    onMeasured()
    teller.ended(end, kept)
    await telling
    log.info('the run is over', { ...facts, outcome: end.outcome, why: end.why })
  }

  async #measure(
    { id, ask, byHand }: Taken,
    teller: RunTeller,
    stop: AbortSignal,
  ): Promise<{ readonly end: RunEnd; readonly kept: RunKept | null }> {
    const { source, engine, ownLoad, log, records } = this.#parts
    const where = source()
    if (where === null) {
      const why = 'this agent has no plan yet to run by'
      return { end: { outcome: 'refused', why, result: null }, kept: null }
    }
    let endLoad = () => {}
    try {
      const end = await runApart(
        { ask, engine, ...where, show: byHand !== null },
        {
          onReady: (makesLoad) => {
            if (!records.begun(headOf(id, ask, byHand))) return UNANNOUNCED
            if (makesLoad) endLoad = ownLoad.begin()
            log.info('the run is allowed and begins', { run: id, makesLoad })
            teller.started()
            return null
          },
          onProgress: (text) => teller.progress(text),
          stop,
        },
      )
      return { end, kept: records.ended(end) }
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

interface Taken extends RunOrder {
  readonly byHand: ByHand | null
}

function headOf(
  id: string,
  ask: RunAsk,
  byHand: ByHand | null,
): Parameters<RunRecords['begun']>[0] {
  return {
    ...{ id, kind: ask.kind, by: byHand === null ? 'collector' : 'operator' },
    ...(byHand === null ? {} : { entered: byHand.entered }),
    ...(ask.lines === undefined ? {} : { lines: ask.lines }),
  }
}
