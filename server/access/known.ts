import type { AccessBook } from '../store/access/book.ts'
import type { AgentKey, ApiToken, SiteEntry } from '../store/access/revision.ts'

/** How old the knowledge may be that a request is judged by. */
const RECHECK_MS = 1000
/**
 * ... and how old where something was not found: bounds what strangers can cost. What was made longer
 * ago than this is known to every collector that is asked for it.
 */
export const SOONER_MS = 100

/** A key that an agent enrolled, as threads are told of it; `publicKey` is raw Ed25519, 32 octets. */
export type ListedKey = Pick<AgentKey, 'keyId' | 'publicKey'>

export interface KnownKey extends AgentKey {
  /** Its place among {@link KnownAccess.listedKeys}. */
  readonly place: number
}

type Following = Pick<AccessBook, 'revision' | 'changesSince'>

/**
 * Sites, agents' keys and tokens in memory, as the store had them at most a second ago. Whoever
 * changes them here calls {@link forget}, so that a revocation holds from the next request on; other
 * collectors see it within that second. When the store does not answer, nothing is believed.
 */
export class KnownAccess {
  readonly #book: Following
  readonly #monotonicMs: () => number
  #revision = -1
  #checkedMs = Number.NEGATIVE_INFINITY
  #looking: Promise<void> | null = null
  #stale = false
  readonly #sites = new Map<string, SiteEntry>()
  readonly #agents = new Map<string, Map<string, KnownKey>>()
  readonly #listed: ListedKey[] = []
  readonly #tokens = new Map<string, ApiToken>()
  #keys: readonly KnownKey[] | null = null
  #tokenList: readonly ApiToken[] | null = null

  constructor(book: Following, monotonicMs: () => number) {
    this.#book = book
    this.#monotonicMs = monotonicMs
  }

  /** Resolves when what is known is at most a second old. @throws what the store throws */
  async fresh(): Promise<this> {
    const age = this.#monotonicMs() - this.#checkedMs
    // A look under way is waited for: it may be there because something was changed.
    if (this.#looking === null && age < RECHECK_MS && !this.#stale) return this
    this.#looking ??= this.#look()
    await this.#looking
    return this
  }

  /** What is known has been changed: the next request looks again. */
  forget(): void {
    this.#stale = true
    // A look under way may have begun before the change.
    this.#looking = null
  }

  /** For what is not known: it may have been made a moment ago elsewhere, so look a little sooner. */
  async sooner(): Promise<this> {
    if (this.#monotonicMs() - this.#checkedMs > SOONER_MS) this.forget()
    return this.fresh()
  }

  site(name: string): SiteEntry | null {
    return this.#sites.get(name) ?? null
  }

  sites(): readonly SiteEntry[] {
    return [...this.#sites.values()]
  }

  token(id: string): ApiToken | null {
    return this.#tokens.get(id) ?? null
  }

  /** The same list until something changes. */
  tokens(): readonly ApiToken[] {
    this.#tokenList ??= [...this.#tokens.values()]
    return this.#tokenList
  }

  /** Every key that an agent ever had; empty when it never enrolled. */
  keysOf(site: string, agent: string): ReadonlyMap<string, KnownKey> {
    return this.#agents.get(`${site}/${agent}`) ?? new Map()
  }

  /** Every key that any agent ever had, as they became known here; only grows. */
  get listedKeys(): readonly ListedKey[] {
    return this.#listed
  }

  /** The same list until something changes. */
  keys(): readonly KnownKey[] {
    this.#keys ??= [...this.#agents.values()].flatMap((keys) => [...keys.values()])
    return this.#keys
  }

  #look(): Promise<void> {
    const startedMs = this.#monotonicMs()
    this.#stale = false
    const looking = this.#read().then(
      () => {
        this.#checkedMs = startedMs
        if (this.#looking === looking) this.#looking = null
      },
      (error: unknown) => {
        this.#stale = true
        if (this.#looking === looking) this.#looking = null
        throw error
      },
    )
    return looking
  }

  async #read(): Promise<void> {
    if ((await this.#book.revision()) === this.#revision) return
    this.#take(await this.#book.changesSince(this.#revision))
  }

  #take(changes: Awaited<ReturnType<Following['changesSince']>>): void {
    for (const site of changes.sites) this.#sites.set(site.site, site)
    for (const token of changes.tokens) {
      this.#tokens.set(token.id, token)
      this.#tokenList = null
    }
    for (const key of changes.keys) {
      const name = `${key.site}/${key.agent}`
      const keys = this.#agents.get(name) ?? new Map<string, KnownKey>()
      const place = keys.get(key.keyId)?.place ?? this.#list(key)
      keys.set(key.keyId, { ...key, place })
      this.#agents.set(name, keys)
      this.#keys = null
    }
    this.#revision = Math.max(this.#revision, changes.revision)
  }

  #list({ keyId, publicKey }: AgentKey): number {
    return this.#listed.push({ keyId, publicKey }) - 1
  }
}
