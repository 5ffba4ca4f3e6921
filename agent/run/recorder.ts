import type { MeasureLimits } from '../../shared/measure/window.ts'
import type { FarEndName, Site } from '../../shared/profile/site.ts'
import type { Log } from '../log.ts'
import type { RowsRing } from '../rows/ring.ts'
import type { ClosedWindow } from '../stream/types.ts'
import type { Spool } from '../uplink/spool.ts'
import { besideOf } from './evidence.ts'
import { MinuteBook } from './minute-book.ts'
import { observe } from './observe.ts'
import type { OwnLoad } from './own-load.ts'
import { buildRecord, type LogWord, type Minute, payloadOf, type RecordHead } from './record.ts'
import { type FinishedRound, RoundQueue } from './round-queue.ts'
import { type FinishedRun, partsOfRun, type RunKept } from './run-parts.ts'
import { StatementWatch } from './statement-watch.ts'
import { keepRows } from './window-rows.ts'

export interface RecorderParts {
  readonly spool: Spool
  readonly log: Log
  readonly head: RecordHead
  readonly limits: MeasureLimits
  readonly site: Site
  /** A record is in the spool under this name. */
  readonly onRecord: (name: string) => void
  readonly monotonicMs: () => number
  /** What is held of the collector's log; left out: nothing is. */
  readonly logWord?: () => LogWord
  readonly ownLoad: Pick<OwnLoad, 'mark'>
  /** Keeps the raw rows of windows; null: nothing does. */
  readonly ring: Pick<RowsRing, 'offer'> | null
}

/** Three minutes that did not come: then what was seen besides voice goes alone. */
const WITHOUT_MINUTES_MS = 180_000
const NAMES: readonly FarEndName[] = ['primary', 'secondary']

/** From closed windows to records in the spool: one minute of all far ends, one record. */
export class Recorder {
  readonly #parts: RecorderParts
  readonly #book: MinuteBook
  readonly #rounds: RoundQueue
  readonly #watch: StatementWatch
  #lastKeptMs: number

  constructor(parts: RecorderParts) {
    this.#parts = parts
    this.#rounds = new RoundQueue(parts.log)
    this.#watch = new StatementWatch(parts.site, parts.log)
    this.#lastKeptMs = parts.monotonicMs()
    this.#book = new MinuteBook(
      NAMES.filter((name) => parts.site.farEnds[name] !== undefined).length,
    )
  }

  /** So many streams run from now on, those to borders of segments among them. */
  expect(streams: number): void {
    this.#book.expect(streams)
  }

  add(closed: ClosedWindow): void {
    const { site, agent } = this.#parts.head
    const { window, digest } = keepRows(closed, this.#parts.ring, { site, agent })
    const path = this.#parts.site.farEnds[window.target.farEnd]?.path ?? 'MPLS'
    const observation = this.#parts.ownLoad.mark(observe(window, this.#parts.limits, path))
    const beside = besideOf(window, digest)
    this.#watch.look(beside.evidence)
    this.#book.add(observation, this.#parts.monotonicMs(), beside)
    this.flush()
  }

  /** What was seen besides voice goes with the next minutes, in as many parts as it takes. */
  addRound(round: FinishedRound): void {
    this.#rounds.add(round)
  }

  /** What a run showed goes at once, in records of its own. Says what became of it. */
  addRun(run: FinishedRun): RunKept {
    const parts = partsOfRun(run, this.#parts.head.profile.sha256)
    const whole = parts.map((part) => this.#append(part)).every(Boolean)
    const said = parts.find((part) => part.run?.tag.outcome === 'lost')?.run?.tag.lost ?? null
    const lost = whole ? said : 'spool'
    const facts = { run: run.id, kind: run.kind, records: parts.length }
    if (lost === null) this.#parts.log.info('what the run showed is in the records', facts)
    else this.#parts.log.error('what the run showed is in no record', { ...facts, why: lost })
    for (const evidence of run.evidence) this.#watch.look(evidence, run.id)
    return { records: parts.length, lost }
  }

  /** Writes the minutes that have waited long enough; call it now and then. */
  flush(): void {
    const nowMs = this.#parts.monotonicMs()
    for (const minute of this.#book.take(nowMs)) this.#keep(minute)
    // Where no stream runs at all, there are no minutes to go with.
    if (nowMs - this.#lastKeptMs > WITHOUT_MINUTES_MS) this.#keepRoundAlone()
  }

  /** Writes everything that was seen. */
  finish(): void {
    for (const minute of this.#book.takeAll()) this.#keep(minute)
  }

  #keepRoundAlone(): void {
    const round = this.#rounds.take(0)
    if (round === undefined) return
    const from = Math.min(...round.observations.map((seen) => seen.from))
    const to = Math.max(...round.observations.map((seen) => seen.to))
    this.#append({ from, to, monotonicMs: to - from, observations: [], round })
  }

  #keep(minute: Minute): void {
    const round = this.#rounds.take(JSON.stringify([minute.observations, minute.evidence]).length)
    this.#append(round === undefined ? minute : { ...minute, round })
  }

  /** False: it could not be kept. */
  #append(minute: Minute): boolean {
    this.#lastKeptMs = this.#parts.monotonicMs()
    const { spool, log, head, onRecord } = this.#parts
    const kept = spool.append(minute, (link) =>
      payloadOf(buildRecord(head, minute, link, this.#parts.logWord?.())),
    )
    if (kept.ok) {
      onRecord(kept.value)
      return true
    }
    const { windows, cause } = kept.error
    const mend =
      cause === 'spool-full'
        ? 'bring the collector back, or give --spool-size or --spool-age more'
        : 'check the disk of the spool'
    log.error('a minute could not be kept and is lost', { cause, lostInARow: windows, mend })
    return false
  }
}
