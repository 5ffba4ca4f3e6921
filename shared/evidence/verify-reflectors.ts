import type { NamedKey } from './named-keys.ts'
import { type PlanEntry, planEntry, utc } from './verify-entries.ts'
import type { Item, SeenEntry, TrustedKeys } from './verify-items.ts'
import type { Signed } from './verify-runs.ts'
import type { Signatures } from './verify-signatures.ts'
import { formatVkey, type Vkey } from './vkey.ts'

/** So long after a plan named another key its agents may still speak with the reflector of before. */
const CHANGING_MS = 300_000

/** What is found where a plan names another key than the reflector signs with. */
const OTHER = 'other-reflector-key'

/**
 * The keys with which anybody finds the same: where a receipt is signed by another key than the plan
 * names, those of reflectors are to be asked for first. Given by hand they would make it a forgery.
 */
export function keysToGive(keys: TrustedKeys, items: readonly Item[]): TrustedKeys {
  return items.some(({ code }) => code === OTHER) ? { ...keys, reflector: [] } : keys
}

type Said = Pick<Item, 'severity' | 'code' | 'what'>

/** A receipt, as far as it tells whose it says that it is. */
export interface ClaimedReceipt {
  /** Name of a key, by the reflector's own word. */
  readonly name: string
  /** A far end, or a segment's border, of which a plan names no key. */
  readonly place: string
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly signatures: Signed['signatures']
}

/** Whose signatures of receipts count: of the keys that were given, or that the bundle's plans name. */
export class ReflectorKeys {
  readonly #given: readonly Vkey[]
  readonly #signatures: Pick<Signatures, 'name'>
  readonly #named: () => readonly NamedKey[]
  readonly #byPlan: boolean

  /** @param byPlan keys that the site's values name count: for whoever wrote these values himself */
  constructor(
    given: readonly Vkey[],
    parts: {
      readonly signatures: Pick<Signatures, 'name'>
      readonly named: () => readonly NamedKey[]
      readonly byPlan: boolean
    },
  ) {
    this.#given = given
    this.#signatures = parts.signatures
    this.#named = parts.named
    this.#byPlan = parts.byPlan
  }

  /** Those that may have signed a receipt. A named key counts from before it was named, not for ever after. */
  of({ name, place, atMs }: Omit<ClaimedReceipt, 'signatures'>): readonly Vkey[] {
    const given = this.#given.filter((key) => key.name === name)
    if (!this.#byPlan) return given
    const named = this.#named()
      .filter((one) => one.place === place && one.key.name === name)
      .filter(({ untilMs }) => untilMs === null || atMs < untilMs + CHANGING_MS)
    return [...given, ...named.map(({ key }) => key)]
  }

  /**
   * Why a receipt is of another place than it is shown for, where the site's values name who signs
   * there; null: it is not, or they name nobody. Who was given a key does not thereby know where it is.
   */
  elsewhere({ name, place, atMs }: Omit<ClaimedReceipt, 'signatures'>): string | null {
    if (this.#byPlan) return null
    const here = this.#named().filter(
      (one) =>
        one.place === place &&
        one.fromMs < atMs + CHANGING_MS &&
        (one.untilMs === null || atMs < one.untilMs + CHANGING_MS),
    )
    if (here.length === 0 || here.some(({ key }) => key.name === name)) return null
    const names = [...new Set(here.map(({ key }) => key.name))].join(' and ')
    return `is of ${name}, and the site's values say that ${names} signs at ${place}: it backs nothing here`
  }

  /** What is to be said of a receipt that none of its keys proves. */
  lack(receipt: ClaimedReceipt): Said {
    const { name, place, signatures } = receipt
    const keys = this.of(receipt)
    if (this.#byPlan && !this.#signatures.name({ keys, signatures })) {
      if (!this.#named().some((one) => one.place === place)) {
        const what = `the plan names no key of the reflector at ${place}`
        return { severity: 'missing', code: 'reflector-key', what }
      }
      // A plan may be older than the reflector's key: that makes nobody a forger.
      const what = `is signed for ${name} by key ${signatures[0]?.keyid ?? ''}, and not by one that the plan names for ${place} then`
      return { severity: 'suspicious', code: OTHER, what }
    }
    if (keys.length === 0) {
      return { severity: 'missing', code: 'reflector-key', what: `no key of ${name} was given` }
    }
    const what = `is not signed by ${name}: forged`
    return { severity: 'invalid', code: 'receipt-signature', what }
  }

  /** Keys that the site's values name and nobody gave: a claim, and what to do about it. */
  claims(site: string, entries: readonly SeenEntry[]): readonly (Said & Pick<Item, 'where'>)[] {
    if (this.#byPlan) return []
    const given = new Set(this.#given.map(formatVkey))
    const claimed = new Map<string, NamedKey[]>()
    for (const one of this.#named()) {
      const written = formatVkey(one.key)
      if (!given.has(written)) claimed.set(written, [...(claimed.get(written) ?? []), one])
    }
    const enteredOf = (version: number) => planEntry(entries, site, version)
    return [...claimed].map(([written, all]) => claimOf(written, all, enteredOf, given.size > 0))
  }
}

function claimOf(
  written: string,
  all: readonly NamedKey[],
  enteredOf: (version: number) => PlanEntry | undefined,
  others: boolean,
): Said & Pick<Item, 'where'> {
  const version = all[0]?.version ?? 0
  const entry = enteredOf(version)
  const by = entry === undefined ? '' : ` (entered by ${entry.by} at ${utc(entry.at)})`
  const places = all.map(({ place }) => place).join(' and ')
  const whose = version === 0 ? "the collector's file of the site" : `plan ${version}${by}`
  const unlike = others ? ', and none of those given is that one' : ''
  const what = `${whose} names a key of the reflector at ${places}${unlike}: it is the provider's word; ask the reflector's operator whether it is his, then give --reflector-key '${written}'`
  return { severity: 'note', code: 'named-key', where: 'site', what }
}
