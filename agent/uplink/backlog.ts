/** One record, or the oldest that wait, of which as many go as fit into a batch. */
export type Choice = string | readonly string[]

/** What the uplink remembers of its backlog: which records had their turn, and whether batches work. */
export class Backlog {
  readonly #parked = new Set<string>()
  #singles = 0

  /** What goes next: the live record while it waits, then the backlog; undefined: nothing waits. */
  choose(pending: readonly string[], live: string | undefined): Choice | undefined {
    if (live !== undefined && pending.includes(live)) return live
    const waiting = this.next(pending)
    return waiting.length > 1 && this.#singles === 0 ? waiting : (waiting[0] ?? pending[0])
  }

  /** Those that have not had their turn yet, oldest first. */
  next(pending: readonly string[]): readonly string[] {
    if (this.#parked.size === 0) return pending
    return pending.filter((name) => !this.#parked.has(name))
  }

  /** These stay in the spool, and wait until the others have had their turn. */
  park(names: readonly string[]): void {
    for (const name of names) this.#parked.add(name)
  }

  unpark(): void {
    this.#parked.clear()
  }

  /** The next so many records go one by one; all of them where the collector knows no batches. */
  goSingly(records: number, always: boolean): void {
    this.#singles = always ? Number.POSITIVE_INFINITY : records
  }

  sentOne(name: string): void {
    this.#parked.delete(name)
    if (this.#singles > 0) this.#singles -= 1
  }
}
