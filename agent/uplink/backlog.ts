import { backoffMs } from './backoff.ts'

/** One record, or the oldest that wait, of which as many go as fit into a batch. */
export type Choice = string | readonly string[]

/** Those apart are asked about no more often than this: somebody has to mend something first. */
const LEAST_APART_MS = 30_000

/**
 * What the uplink remembers of its backlog: which records had their turn, which wait apart because
 * their signature or token was refused, and whether batches work.
 */
export class Backlog {
  readonly #parked = new Set<string>()
  readonly #apart = new Set<string>()
  #apartTries = 0
  #apartUntilMs = 0
  #singles = 0

  /**
   * What goes next: the live record while it waits, then the backlog, then those apart whose time has
   * come; undefined: nothing is to go at this time.
   */
  choose(pending: readonly string[], live: string | undefined, nowMs: number): Choice | undefined {
    if (live !== undefined && pending.includes(live)) return live
    const waiting = this.next(pending)
    const next = waiting.length > 0 ? waiting : this.#dueApart(pending, nowMs)
    return next.length > 1 && this.#singles === 0 ? next : (next[0] ?? this.#last(pending))
  }

  #dueApart(pending: readonly string[], nowMs: number): readonly string[] {
    if (this.#apart.size === 0 || nowMs < this.#apartUntilMs) return []
    const due = pending.filter((name) => this.#apart.has(name))
    // They have left the spool by another way.
    if (due.length === 0) this.#apart.clear()
    return due
  }

  /** Where every other record had its turn, one that was parked is asked about again. */
  #last(pending: readonly string[]): string | undefined {
    return pending.find((name) => !this.#apart.has(name))
  }

  /** Those that have not had their turn yet, oldest first. */
  next(pending: readonly string[]): readonly string[] {
    if (this.#parked.size === 0 && this.#apart.size === 0) return pending
    return pending.filter((name) => !this.#parked.has(name) && !this.#apart.has(name))
  }

  /** These stay in the spool, and wait until the others have had their turn. */
  park(names: readonly string[]): void {
    for (const name of names) this.#parked.add(name)
  }

  unpark(): void {
    this.#parked.clear()
  }

  /**
   * Refused for who sends them: they hold up nobody, and are asked about at a pace of their own, at most
   * a batch a time until one is taken. Returns how often they have been refused, 0 for more of the same.
   */
  setApart(names: readonly string[], nowMs: number, random: number): number {
    for (const name of names) this.#apart.add(name)
    if (nowMs < this.#apartUntilMs) return 0
    this.#apartTries += 1
    this.#apartUntilMs = nowMs + LEAST_APART_MS + backoffMs(this.#apartTries, random)
    return this.#apartTries
  }

  /** Until those apart have their turn, milliseconds; null: there are none. */
  apartForMs(nowMs: number): number | null {
    return this.#apart.size === 0 ? null : Math.max(0, this.#apartUntilMs - nowMs)
  }

  /** The next so many records go one by one; all of them where the collector knows no batches. */
  goSingly(records: number, always: boolean): void {
    this.#singles = always ? Number.POSITIVE_INFINITY : records
  }

  sentOne(name: string): void {
    this.#parked.delete(name)
    if (this.#singles > 0) this.#singles -= 1
  }

  /** It has left the spool. True where it was the last of those apart. */
  gone(name: string): boolean {
    this.#parked.delete(name)
    if (!this.#apart.delete(name) || this.#apart.size > 0) return false
    this.#apartTries = 0
    return true
  }
}
