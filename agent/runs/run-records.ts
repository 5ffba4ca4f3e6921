import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeDurably, writeDurably } from '../../shared/disk/durable.ts'
import type { RunKind } from '../../shared/plan/run-kinds.ts'
import type { RunPart } from '../../shared/record/record.ts'
import type { Log } from '../log.ts'
import type { FinishedRun, RunKept } from '../run/run-parts.ts'
import type { RunEnd } from './messages.ts'

/** What is on disk while a run is under way whose observations belong into records. */
const NOTE = 'run-under-way.json'
type Note = Pick<RunPart, 'id' | 'kind' | 'by' | 'entered' | 'lines' | 'from'>
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A gate, and load on purpose. Rounds and minutes bring what other kinds see. */
const KEPT: ReadonlySet<RunKind> = new Set(['check', 'capacity', 'qos'])

/** True where what such a run sees is to stand in records: its streams are then signed for too. */
export function isKept(kind: RunKind): boolean {
  return KEPT.has(kind)
}

export interface RunRecordsParts {
  /** Folder of the agent's state. */
  readonly folder: string
  /** Takes a finished run into the record chain; null where there is none yet. */
  readonly keep: (run: FinishedRun) => RunKept | null
  readonly log: Log
  readonly nowMs: () => number
  readonly monotonicMs: () => number
}

/**
 * Brings what checks and runs of load showed into the agent's records. A note on disk stands from before the load
 * begins until the records are written: where the agent dies in between, its next life says that the
 * run was lost.
 */
export class RunRecords {
  readonly #parts: RunRecordsParts
  #lost: Note | null
  #begun: (Note & { readonly monotonicMs: number }) | null = null

  constructor(parts: RunRecordsParts) {
    this.#parts = parts
    this.#lost = this.#found()
  }

  /**
   * A run is about to begin. False: it must not, because nothing would tell of it if the agent died in it.
   */
  begun(run: Omit<Note, 'from'>): boolean {
    if (!isKept(run.kind)) return true
    this.tellLost()
    // Its note would take the place of the one that still has to be told.
    if (this.#lost !== null) return false
    const { nowMs, monotonicMs, folder } = this.#parts
    const note = { ...run, from: Math.round(nowMs()) }
    try {
      writeDurably(folder, NOTE, JSON.stringify(note))
    } catch (error) {
      this.#complain(error)
      return false
    }
    this.#begun = { ...note, monotonicMs: monotonicMs() }
    return true
  }

  /** The run that was begun is over, however it ended. Null: nothing of it is in records yet. */
  ended({ outcome, result, evidence = [] }: RunEnd): RunKept | null {
    const begun = this.#begun
    if (begun === null) return null
    this.#begun = null
    const { nowMs, monotonicMs } = this.#parts
    const { monotonicMs: begunMs, ...run } = begun
    const kept = this.#parts.keep({
      ...{ ...run, to: Math.max(run.from + 1, Math.round(nowMs())) },
      monotonicMs: monotonicMs() - begunMs,
      outcome: outcome === 'cancelled' ? 'cancelled' : 'done',
      lost: result === null ? 'failed' : null,
      profileSha256: result?.profileSha256 ?? null,
      observations: result?.observations ?? [],
      evidence,
    })
    // The disk took less than all of it: the note stands until a record says that the run was lost.
    if (kept?.lost === 'spool') this.#lost = run
    else if (kept !== null) this.#forget()
    return kept
  }

  /** Says what an earlier life of this agent did not come to say, once there are records to say it in. */
  tellLost(): void {
    if (this.#lost === null) return
    const { from } = this.#lost
    const to = Math.max(from + 1, Math.round(this.#parts.nowMs()))
    const kept = this.#parts.keep({
      ...{ ...this.#lost, to, monotonicMs: to - from, outcome: 'done' },
      ...{ lost: 'agent-ended', profileSha256: null, observations: [], evidence: [] },
    })
    if (kept === null || kept.lost === 'spool') return
    this.#lost = null
    if (this.#begun === null) this.#forget()
  }

  #found(): Note | null {
    const { folder, log } = this.#parts
    const place = join(folder, NOTE)
    if (!existsSync(place)) return null
    try {
      const note = noteIn(JSON.parse(readFileSync(place, 'utf8')))
      if (note !== null) return note
    } catch {
      // Told below, whatever is wrong with it.
    }
    log.warn('the note of a run cannot be read: which run was lost is not known', { note: place })
    return null
  }

  #forget(): void {
    try {
      removeDurably(this.#parts.folder, NOTE)
    } catch (error) {
      this.#complain(error)
    }
  }

  #complain(error: unknown): void {
    this.#parts.log.warn('the note of the run under way cannot be kept', { why: String(error) })
  }
}

function noteIn(found: Partial<Note> | null): Note | null {
  const { id, kind, from, by = 'collector', entered, lines } = found ?? {}
  const good = typeof id === 'string' && UUID.test(id) && Number.isSafeInteger(from)
  if (!good || from === undefined || kind === undefined || !isKept(kind)) return null
  if (by !== 'collector' && by !== 'operator') return null
  return {
    ...{ id, kind, by, from: Math.max(0, from) },
    ...(entered === undefined ? {} : { entered }),
    ...(lines === undefined ? {} : { lines }),
  }
}
