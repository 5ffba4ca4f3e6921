import { fromBase64, sameOctets } from '../../shared/evidence/octets.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import type { LedgerBook } from '../store/ledger/book.ts'

/** What a head that an agent names is to the logs here. */
export const HEAD_OUTCOMES = ['in_log', 'other_root', 'beyond', 'unknown_log'] as const
export type HeadOutcome = (typeof HEAD_OUTCOMES)[number]

/** An agent whose newest record names a head that is in no log here, or holds a fork against it. */
export interface SeenConflict {
  readonly site: string
  readonly agent: string
  readonly what: Exclude<HeadOutcome, 'in_log'> | NonNullable<AgentRecord['fork']>['kind']
  /** Leaves of the head that it names. */
  readonly size: number
  /** When it was noticed here, milliseconds since 1970. */
  readonly sinceMs: number
}

export interface SeenCheckOptions {
  readonly book: Pick<LedgerBook, 'allLogs' | 'root'>
  readonly nowMs: () => number
  /** Hears of every conflict when it comes. */
  readonly onConflict: (conflict: SeenConflict) => void
}

type Told = Pick<AgentRecord, 'site' | 'agent' | 'seen' | 'fork'>

/** Heads held against the log in one turn, and outcomes that are remembered: agents name the same ones. */
const MOST_A_TURN = 200
const MOST_REMEMBERED = 5000

/**
 * Holds what agents say they saw against the log: a head that is not in it shows that somebody was
 * shown another log, or that this one was put back. Looks at the newest record of each agent.
 */
export class SeenCheck {
  readonly #options: SeenCheckOptions
  readonly #waiting = new Map<string, Told>()
  readonly #conflicts = new Map<string, SeenConflict>()
  readonly #known = new Map<string, HeadOutcome>()
  readonly #counts = new Map<HeadOutcome, number>(HEAD_OUTCOMES.map((outcome) => [outcome, 0]))

  constructor(options: SeenCheckOptions) {
    this.#options = options
  }

  /** A record was stored; it is looked at in the next turn. */
  accept({ site, agent, seen, fork }: Told): void {
    if (seen === undefined && fork === undefined) return
    const told = { site, agent, ...(seen === undefined ? {} : { seen }) }
    this.#waiting.set(`${site}/${agent}`, fork === undefined ? told : { ...told, fork })
  }

  /** Agents in conflict with the log now. */
  get conflicts(): readonly SeenConflict[] {
    return [...this.#conflicts.values()]
  }

  /** Heads looked at since the start, by what they were. */
  get counts(): ReadonlyMap<HeadOutcome, number> {
    return this.#counts
  }

  /** Looks at what has come. @throws what the store throws: what was not looked at waits */
  async turn(): Promise<void> {
    for (const [key, told] of [...this.#waiting].slice(0, MOST_A_TURN)) {
      const outcome = told.seen === undefined ? 'in_log' : await this.#outcome(told.seen)
      // A newer record of the same agent may have come meanwhile: it has its own turn.
      if (this.#waiting.get(key) === told) this.#waiting.delete(key)
      this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1)
      this.#conclude(key, told, outcome === 'in_log' ? (told.fork?.kind ?? null) : outcome)
    }
  }

  #conclude(key: string, { site, agent, seen }: Told, what: SeenConflict['what'] | null): void {
    if (what === null) {
      this.#conflicts.delete(key)
      return
    }
    const before = this.#conflicts.get(key)
    if (before?.what === what) return
    const sinceMs = before?.sinceMs ?? this.#options.nowMs()
    const conflict = { site, agent, what, size: seen?.size ?? 0, sinceMs }
    this.#conflicts.set(key, conflict)
    this.#options.onConflict(conflict)
  }

  async #outcome(seen: NonNullable<AgentRecord['seen']>): Promise<HeadOutcome> {
    const key = `${seen.origin} ${seen.size} ${seen.root}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const outcome = await this.#lookUp(seen)
    if (this.#known.size >= MOST_REMEMBERED) this.#known.clear()
    // A log that is too short now may have grown by the next look.
    if (outcome !== 'beyond') this.#known.set(key, outcome)
    return outcome
  }

  async #lookUp({ origin, size, root }: NonNullable<AgentRecord['seen']>): Promise<HeadOutcome> {
    const { book } = this.#options
    const log = (await book.allLogs()).find((one) => one.origin === origin)
    if (log === undefined) return 'unknown_log'
    if (size > log.range.size) return 'beyond'
    const own = await book.root(log.logId, size)
    return sameOctets(own, fromBase64(root) ?? new Uint8Array()) ? 'in_log' : 'other_root'
  }
}
