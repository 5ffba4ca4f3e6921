/** The members of a map in the order of canonical JSON (RFC 8785 section 3.2.3). */
export interface KeyOrder {
  /** Keys as the map lists them. */
  readonly listed: readonly string[]
  readonly sorted: readonly string[]
  /** Each of the sorted keys as it is written: quoted, with its colon. */
  readonly heads: readonly string[]
}

/** Orders that are remembered; a power of two. */
const PLACES = 256
/** Longer lists of keys are rare, and a stranger's could fill the memory. */
const MOST_KEYS = 40
const LONGEST_KEY = 40
/** A key that needs no escape. */
const PLAIN_KEY = /^[\w.-]+$/

const remembered: (KeyOrder | undefined)[] = new Array(PLACES)

/**
 * The order of these keys, of which the same few lists come again and again: sorting and quoting them is
 * half of what writing costs (measured). Null for keys that are not remembered (many, long or with marks).
 */
export function keyOrderOf(listed: readonly string[]): KeyOrder | null {
  const place = placeOf(listed)
  const known = remembered[place]
  if (known !== undefined && isSame(known.listed, listed)) return known
  if (listed.length > MOST_KEYS || !listed.every(isPlain)) return null
  // The default order of sort() is that of UTF-16 code units, which is what the standard asks for.
  const sorted = [...listed].sort()
  const order = { listed, sorted, heads: sorted.map((key) => `"${key}":`) }
  remembered[place] = order
  return order
}

/** Lists that share a place drive each other out; they are never taken for each other. */
function placeOf(keys: readonly string[]): number {
  const [first = '', last = ''] = [keys[0], keys[keys.length - 1]]
  const mixed = keys.length * 31 + first.length * 7 + last.length * 13 + (first.charCodeAt(0) | 0)
  return mixed & (PLACES - 1)
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false
  return true
}

function isPlain(key: string): boolean {
  return key.length <= LONGEST_KEY && PLAIN_KEY.test(key)
}
