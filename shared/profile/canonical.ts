import { ok, type Result, refuse } from '../result.ts'
import { keyOrderOf } from './key-order.ts'
import type { Profile } from './schema.ts'

export interface CanonicalRefusal {
  readonly path: readonly (string | number)[]
  readonly why: string
}

/** Deeper than any honest value; keeps a hostile one, or a circle, from exhausting the stack. */
const MAX_DEPTH = 64

/**
 * Canonical JSON as RFC 8785 (JCS) has it: keys sorted by UTF-16 code units (section 3.2.3), numbers
 * as ECMAScript writes them (3.2.2.3), no white space. Equal values give equal text, whatever file,
 * key order or layout they came from.
 *
 * Refuses what JSON cannot say truly: NaN and infinities, lone surrogates (3.2.2.2 wants an error),
 * undefined, and anything that is not plain data. Nothing is dropped silently.
 */
export function canonicalJson(value: unknown): Result<string, CanonicalRefusal> {
  try {
    return ok(write(value, []))
  } catch (error) {
    if (error instanceof Unwritable) return refuse({ path: error.path, why: error.message })
    throw error
  }
}

/**
 * The identity of a profile: SHA-256 over the UTF-8 of its canonical form, as 64 hexadecimal digits.
 * `sha256hex` is handed in (node:crypto, or a browser's). Anyone can recompute it from the profile
 * in a bundle. Takes a profile from parseProfile, which is always writable; throws TypeError else.
 */
export function profileIdentity(
  profile: Profile,
  sha256hex: (bytes: Uint8Array) => string,
): string {
  const text = canonicalJson(profile)
  if (!text.ok) throw new TypeError(`profile ${text.error.path.join('.')}: ${text.error.why}`)
  return sha256hex(new TextEncoder().encode(text.value))
}

class Unwritable extends Error {
  readonly path: readonly (string | number)[]
  constructor(path: readonly (string | number)[], why: string) {
    super(why)
    this.path = path
  }
}

/** @param path where the value is; as it was when this returns */
function write(value: unknown, path: (string | number)[]): string {
  if (path.length > MAX_DEPTH) throw new Unwritable(path, `nested deeper than ${MAX_DEPTH}`)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quoted(value, path)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Unwritable(path, 'not a finite number')
    // Written as JSON.stringify does, minus zero as zero.
    return String(value)
  }
  if (Array.isArray(value)) return writeItems(value, path)
  if (typeof value !== 'object' || !isPlain(value)) throw new Unwritable(path, 'not plain data')
  return writeMembers(value as { readonly [key: string]: unknown }, path)
}

function writeItems(items: readonly unknown[], path: (string | number)[]): string {
  let text = '['
  for (let at = 0; at < items.length; at += 1) {
    path.push(at)
    text += at === 0 ? write(items[at], path) : `,${write(items[at], path)}`
    path.pop()
  }
  return `${text}]`
}

function writeMembers(
  members: { readonly [key: string]: unknown },
  path: (string | number)[],
): string {
  const listed = Object.keys(members)
  const order = keyOrderOf(listed)
  // The default order of sort() is that of UTF-16 code units, which is what the standard asks for.
  const sorted = order === null ? listed.sort() : order.sorted
  let text = '{'
  for (let at = 0; at < sorted.length; at += 1) {
    const key = sorted[at] as string
    path.push(key)
    if (at > 0) text += ','
    text += order === null ? `${quoted(key, path)}:` : order.heads[at]
    text += write(members[key], path)
    path.pop()
  }
  return `${text}}`
}

function quoted(text: string, path: readonly (string | number)[]): string {
  if (PLAIN.test(text)) return `"${text}"`
  if (LONE_SURROGATE.test(text)) throw new Unwritable(path, 'holds a lone surrogate')
  return JSON.stringify(text)
}

/** Nothing but letters, digits and marks that need no escape: most of what is ever written. */
const PLAIN = /^[ !#-[\]-~]*$/

/** With the u flag a surrogate pair is one character, so only a lone half matches. */
const LONE_SURROGATE = /\p{Surrogate}/u

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
