import { type ConfigProblem, shown } from '../profile/problem.ts'
import type { Site } from '../profile/site.ts'
import type { EvidenceCrypto } from './crypto.ts'
import { parseVkey, type Vkey } from './vkey.ts'

type Sha256 = Pick<EvidenceCrypto, 'sha256'>

/** Where a reflector stands: at a far end, or at the far border of a segment. */
type ReflectorPlace = 'primary' | 'secondary' | `segment ${string}`

/** What a site's values say, and since when. */
export interface HeldValues {
  /** Of the plan; 0: of no plan. */
  readonly version: number
  /** Milliseconds since 1970. */
  readonly fromMs: number
  /** Null: nothing is said of the site; undefined: it is not known what is. */
  readonly values: Site | null | undefined
}

/** A reflector's key as the values of a site name it: the word of whoever wrote them. */
export interface NamedKey {
  readonly key: Vkey
  readonly place: ReflectorPlace
  /** The first version that names it here, and when that came into force. */
  readonly version: number
  readonly fromMs: number
  /** When it was no longer named; null: it still is. */
  readonly untilMs: number | null
}

/**
 * The keys that versions of a site's values name, in the order of their coming. A key that comes back
 * holds all the time from its first naming to its last. Takes versions in their order.
 */
export function namedKeys(versions: readonly HeldValues[], crypto: Sha256): readonly NamedKey[] {
  const found = new Map<string, NamedKey>()
  for (const { place, written, ...held } of namingsOf(versions)) {
    const name = `${place} ${written}`
    const before = found.get(name)
    if (before !== undefined) {
      found.set(name, { ...before, untilMs: held.untilMs })
      continue
    }
    const key = parseVkey(crypto, written)
    if (key.ok) found.set(name, { ...held, key: key.value, place })
  }
  return [...found.values()]
}

/** Every key of every version; a version of which nothing is known takes none back. */
function namingsOf(versions: readonly HeldValues[]) {
  const known = versions.filter(({ values }) => values !== undefined)
  return known.flatMap(({ version, fromMs, values }, at) => {
    const held = { version, fromMs, untilMs: known[at + 1]?.fromMs ?? null }
    const places = values == null ? [] : keysOf(values)
    return places.flatMap(({ place, keys }) => keys.map((written) => ({ ...held, place, written })))
  })
}

/**
 * The keys in a site's values whose id is not that of their own parts: mistyped, which no pattern
 * tells.
 */
export function wrongKeys(site: Site, crypto: Sha256): ConfigProblem[] {
  return keysOf(site).flatMap(({ path, keys }) =>
    keys.flatMap((written, at): ConfigProblem[] => {
      const read = parseVkey(crypto, written)
      if (read.ok) return []
      const wanted = 'a verifier key as voip-ready reflector key show prints it'
      const found = `${shown(written)}: ${read.error}`
      const repair = 'copy the whole line that the reflector prints'
      return [{ code: 'CONFIG_VALUE', path: [...path, at], wanted, found, repair }]
    }),
  )
}

interface KeysOfPlace {
  readonly place: ReflectorPlace
  /** Where they stand in the values. */
  readonly path: readonly (string | number)[]
  readonly keys: readonly string[]
}

/** The keys of reflectors that a site's values name, place by place. */
export function keysOf({ farEnds, segments = [] }: Site): KeysOfPlace[] {
  const ends = (['primary', 'secondary'] as const).map((place) => ({
    ...{ place, path: ['farEnds', place, 'reflectorKeys'] },
    keys: farEnds[place]?.reflectorKeys ?? [],
  }))
  const borders = segments.map(({ name, reflectorKeys = [] }, at) => ({
    ...{ place: `segment ${name}` as const, path: ['segments', at, 'reflectorKeys'] },
    keys: reflectorKeys,
  }))
  return [...ends, ...borders]
}
