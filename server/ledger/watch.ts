import { SILENT_AFTER_MS } from '../../shared/clock.ts'
import type { LedgerBook } from '../store/ledger/book.ts'
import type { LateRecords } from '../store/ledger/sequence.ts'
import type { Store } from '../store/store.ts'
import type { Journal } from './journal.ts'

export interface WatchOptions {
  readonly book: Pick<LedgerBook, 'hasEntry' | 'lastHeardBetween'>
  readonly profiles: Store['profiles']
  readonly journal: Journal
  readonly nowMs: () => number
  /** Since when this collector listens. */
  readonly sinceMs: number
  /** Records that wait for the disk. */
  readonly waiting: () => number
}

const TICK_MS = 60_000
/** Agents looked at in one turn. */
const MOST_AGENTS = 1000

/**
 * Enters what nobody else would: once a minute that the collector listens, which agents have gone
 * silent, which records came late, which profiles it judges by. Only the collector that keeps the log
 * does so.
 */
export class LedgerWatch {
  readonly #options: WatchOptions
  #minute = -1
  #heardUntilMs = 0
  readonly #profiles = new Set<string>()

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /** True when another minute has begun and was entered. */
  async look(takeLate: () => readonly LateRecords[]): Promise<boolean> {
    const { nowMs, journal, waiting, sinceMs } = this.#options
    const minute = Math.floor(nowMs() / TICK_MS)
    if (minute === this.#minute) return false
    this.#minute = minute
    await journal.write({ kind: 'tick', waiting: waiting(), since: sinceMs })
    await this.#enterProfiles()
    await this.enterLate(takeLate())
    await this.#enterGaps()
    return true
  }

  async enterLate(late: readonly LateRecords[]): Promise<void> {
    for (const { lateMs, ...which } of late) {
      await this.#options.journal.write({ kind: 'late', ...which, lateSeconds: lateMs / 1000 })
    }
  }

  async #enterProfiles(): Promise<void> {
    const { book, profiles, journal } = this.#options
    for (const { id, version, sha256 } of await profiles()) {
      if (this.#profiles.has(sha256)) continue
      const key = { site: '', kind: 'profile', about: sha256 }
      if (!(await book.hasEntry(key, 0))) {
        await journal.write({ kind: 'profile', id, version, sha256 })
      }
      this.#profiles.add(sha256)
    }
  }

  /** While this collector was not up for as long, the silence may have been its own. */
  async #enterGaps(): Promise<void> {
    const { book, journal, nowMs, sinceMs } = this.#options
    const untilMs = nowMs() - SILENT_AFTER_MS
    if (untilMs < sinceMs) return
    const silent = await book.lastHeardBetween(this.#heardUntilMs, untilMs, MOST_AGENTS)
    for (const { site, agent, boot, sequence, lastReceivedMs } of silent) {
      const known = await book.hasEntry({ site, kind: 'gap', about: agent }, lastReceivedMs)
      if (known) continue
      const what = { site, agent, boot, lastSequence: sequence, since: lastReceivedMs }
      await journal.write({ kind: 'gap', ...what })
    }
    const last = silent.at(-1)
    const isAll = silent.length < MOST_AGENTS || last === undefined
    this.#heardUntilMs = isAll ? untilMs : last.lastReceivedMs - 1
  }
}
