import type { Disk } from './disk.ts'
import type { Store } from './store/store.ts'

export interface Reason {
  readonly what: string
  readonly found: string
  readonly repair: string
}

export interface ReadinessOptions {
  readonly store: Pick<Store, 'health' | 'writable' | 'aside'>
  readonly waiting: () => number
  readonly maxWaiting: number
  /** What is wrong with the disk; left out or null: nothing. */
  readonly disk?: Pick<Disk, 'low'> | null
  /** Longest wait for the store's answer, milliseconds. */
  readonly patienceMs: number
  /** What is to be seen to, and does not keep records from being taken. */
  readonly warnings?: () => Promise<Reason[]>
  /** Why the ledger stands still; null when it does not. */
  readonly ledgerFault?: () => { readonly found: string; readonly repair: string } | null
}

const REPAIR = {
  sqlite: 'check disk space and permission of the data directory',
  postgres:
    'see that the database (DATABASE_URL, --database) runs, is reached from here and lets us in',
} as const

/** Whether records can be taken now, and if not, every reason why. */
export class Readiness {
  readonly #options: ReadinessOptions
  #storeError: string | null = null
  /** What the store said at last, when that came too late for the answer that it was asked for. */
  #lastWords: string | null = null
  #stopping = false

  constructor(options: ReadinessOptions) {
    this.#options = options
  }

  storeWorks(): void {
    this.#storeError = null
  }

  storeFailed(error: unknown): void {
    this.#storeError = error instanceof Error ? error.message : String(error)
  }

  /** Why records must be turned away before the disk is full; null: there is room. */
  diskLow(): string | null {
    return this.#options.disk?.low() ?? null
  }

  stop(): void {
    this.#stopping = true
  }

  /** Empty when ready. */
  async reasons(): Promise<Reason[]> {
    const { store } = this.#options
    const reasons: Reason[] = []
    if (this.#stopping) {
      reasons.push({ what: 'stopping', found: 'asked to stop', repair: 'start it again' })
    }
    const waiting = this.#options.waiting()
    if (waiting >= this.#options.maxWaiting) {
      const found = `${waiting} records wait`
      reasons.push({ what: 'queue full', found, repair: 'wait, or use a faster disk' })
    }
    const fault = this.#options.ledgerFault?.() ?? null
    if (fault !== null) reasons.push({ what: 'ledger', ...fault })
    const low = this.#options.disk?.low(true) ?? null
    if (low !== null) {
      const repair =
        'free some; when nothing else can go, voip-ready collector ballast release gives a little'
      reasons.push({ what: 'disk', found: low, repair })
    }
    const error = await this.#probe()
    if (error !== null) {
      reasons.push({ what: 'store', found: error, repair: REPAIR[store.aside.dialect] })
    }
    return reasons
  }

  /** What is to be seen to; the store that could not be asked is among the reasons already. */
  async warnings(): Promise<Reason[]> {
    const asked = this.#options.warnings?.() ?? Promise.resolve([])
    return asked.catch(() => [])
  }

  /** After a failed write only a write that works says that records can be taken again. */
  async #probe(): Promise<string | null> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>((resolve) => {
      const { patienceMs } = this.#options
      const said = this.#lastWords === null ? '' : `; before: ${this.#lastWords}`
      timer = setTimeout(() => resolve(`no answer in ${patienceMs} ms${said}`), patienceMs)
    })
    const { store } = this.#options
    const failed = this.#storeError !== null
    const asked: Promise<unknown> = failed ? store.writable() : store.health()
    const answer = asked.then(
      () => {
        if (failed) this.storeWorks()
        this.#lastWords = null
        return null
      },
      (error: unknown) => {
        this.#lastWords = error instanceof Error ? error.message : String(error)
        return this.#lastWords
      },
    )
    return Promise.race([answer, late]).finally(() => clearTimeout(timer))
  }
}
