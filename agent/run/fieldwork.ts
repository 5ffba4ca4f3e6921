import type { LoadedSite } from '../../config/load.ts'
import { measureLimitsOf } from '../../shared/profile/limits.ts'
import type { Log } from '../log.ts'
import type { RowsRing } from '../rows/ring.ts'
import type { StreamPlan } from '../stream/types.ts'
import type { Spool } from '../uplink/spool.ts'
import { toolVersion } from '../version.ts'
import { FarEndWatch } from './far-end-watch.ts'
import { keepChecking } from './keep-checking.ts'
import { keepMeasuring } from './keep-measuring.ts'
import type { OwnLoad } from './own-load.ts'
import type { LogWord } from './record.ts'
import { Recorder } from './recorder.ts'
import type { FinishedRound } from './round-queue.ts'
import type { FinishedRun, RunKept } from './run-parts.ts'

/** What is to be measured from now on: by a site file, or by a version of the plan. */
export interface Job {
  readonly loaded: LoadedSite
  /** The site file. */
  readonly where: string
  /** Milliseconds between two looks at everything besides voice; null: never. */
  readonly checksEveryMs: number | null
  readonly calls: number
  readonly codec: 'g711' | 'g729'
}

export interface FieldworkParts {
  readonly agent: (site: string) => string
  readonly engine: StreamPlan['engine']
  readonly spool: Spool
  /** Keeps raw rows; null: nothing does. */
  readonly ring: RowsRing | null
  readonly log: Log
  /** What is held of the collector's log. */
  readonly logWord: () => LogWord
  readonly onRecord: (name: string) => void
  readonly ownLoad: OwnLoad
  /** The streams cannot go on as they were configured. */
  readonly onFault: (error: unknown) => void
}

/** One part at work, by what it depends on: it goes on while that stays the same. */
interface Part {
  readonly key: string
  readonly stop: () => Promise<void>
}

/**
 * The measuring of one agent. A new job restarts only what it changes: streams go on under another
 * schedule of checks, and the second that they are away otherwise is a gap in their windows.
 */
export class Fieldwork {
  readonly farEnds = new FarEndWatch(() => performance.now())
  readonly #parts: FieldworkParts
  #streams: Part | null = null
  #checks: Part | null = null
  #recorder: Recorder | null = null

  constructor(parts: FieldworkParts) {
    this.#parts = parts
  }

  async apply(job: Job): Promise<void> {
    const streams = streamsKey(job)
    if (this.#streams?.key !== streams) {
      await this.#streams?.stop()
      this.#streams = this.#measure(job, streams)
    }
    const checks = JSON.stringify([job.loaded, job.checksEveryMs])
    if (this.#checks?.key !== checks) {
      await this.#checks?.stop()
      this.#checks = this.#check(job, checks)
    }
  }

  /** Hands what a run showed to the record chain. Null: nothing is measured yet that has one. */
  keepRun(run: FinishedRun): RunKept | null {
    return this.#recorder?.addRun(run) ?? null
  }

  /** Closes the minute under way; everything seen is in the spool then. */
  async stop(): Promise<void> {
    await Promise.all([this.#streams?.stop(), this.#checks?.stop()])
  }

  #measure(job: Job, key: string): Part {
    const { spool, ring, log, engine, agent, onRecord, onFault, logWord, ownLoad } = this.#parts
    const { loaded, where, calls, codec } = job
    const { id, version } = loaded.profile.profile
    const { site } = loaded.site
    const profile = { id, version, sha256: loaded.profile.sha256 }
    const recorder = new Recorder({
      ...{ spool, ring, log, onRecord, logWord, ownLoad, site: loaded.site },
      head: { site, agent: agent(site), version: toolVersion(), profile },
      limits: measureLimitsOf(loaded.profile.profile),
      monotonicMs: () => performance.now(),
    })
    this.#recorder = recorder
    const stopping = new AbortController()
    const { signal: stop } = stopping
    const what = { loaded, where, engine, calls, codec }
    const { farEnds } = this
    const ended = keepMeasuring({ ...what, log, recorder, farEnds, stop }).catch(onFault)
    const end = async () => {
      stopping.abort()
      await ended
      recorder.finish()
    }
    return { key, stop: end }
  }

  #check(job: Job, key: string): Part {
    const stopping = new AbortController()
    const recorder = { addRound: (round: FinishedRound) => this.#recorder?.addRound(round) }
    const ended = keepChecking({
      ...{ everyMs: job.checksEveryMs, siteFile: job.where, loaded: job.loaded, recorder },
      ...{ log: this.#parts.log, ownLoad: this.#parts.ownLoad, stop: stopping.signal },
    }).catch(this.#parts.onFault)
    const end = async () => {
      stopping.abort()
      await ended
    }
    return { key, stop: end }
  }
}

function streamsKey({ loaded, calls, codec }: Job): string {
  const { farEnds, segments, localAddress, site } = loaded.site
  return JSON.stringify([
    site,
    farEnds,
    loaded.keys,
    segments,
    loaded.segmentKeys,
    localAddress,
    loaded.profile.sha256,
    calls,
    codec,
  ])
}
