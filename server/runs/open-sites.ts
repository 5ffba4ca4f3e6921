/** Runs that are not over. */
export interface Seen<Run> {
  readonly runs: readonly Run[]
  /** False: there were more than one look takes in. */
  readonly all: boolean
}

/**
 * The sites that may have runs which are not over: those that were asked for here, at once, and all
 * others as of the last look at the store. Ten thousand agents that ask for work once a minute are
 * answered by it without asking the store each time.
 */
export class OpenSites {
  /** Null: not known, so any site may. */
  #sites: ReadonlySet<string> | null = null
  /** Asked for here since the last look began, each with how often: that look may have been too early. */
  readonly #since = new Map<string, number>()

  /** A run of this site was put into the store by this collector. */
  add(site: string): void {
    this.#since.set(site, (this.#since.get(site) ?? 0) + 1)
  }

  may(site: string): boolean {
    return this.#sites === null || this.#sites.has(site) || this.#since.has(site)
  }

  /** Looks at the store; returns the runs that were found. */
  async look<Run extends { readonly site: string }>(read: () => Promise<Seen<Run>>) {
    const before = [...this.#since]
    const { runs, all } = await read()
    this.#sites = all ? new Set(runs.map(({ site }) => site)) : null
    for (const [site, times] of before)
      if (this.#since.get(site) === times) this.#since.delete(site)
    return runs
  }
}
