import { isUtf8 } from 'node:buffer'
import { ok, type Result, refuse } from '../../shared/result.ts'
import type { IngestRefusal } from './refusals.ts'

const MAX_DEPTH = 16

/**
 * Parses bytes as one JSON text (RFC 8259), as evidence must be: UTF-8 without repair, no byte order
 * mark, no deep nesting, and no key twice in one object (JSON.parse would silently keep the last).
 *
 * @param where how a refusal names this text, e.g. `payload`
 */
export function parseStrictJson(bytes: Uint8Array, where: string): Result<unknown, IngestRefusal> {
  const no = (code: IngestRefusal['code'], wanted: string, found: string) =>
    refuse({ code, where, wanted, found })
  if (!isUtf8(bytes)) return no('not-json', 'UTF-8', 'bytes that are not UTF-8')
  const { depth, members } = scan(bytes)
  if (depth > MAX_DEPTH) {
    return no('json-too-deep', `at most ${MAX_DEPTH} levels`, `${depth} levels or more`)
  }
  let value: unknown
  try {
    value = JSON.parse(utf8(bytes))
  } catch (error) {
    return no('not-json', 'JSON', error instanceof Error ? error.message : 'other text')
  }
  const kept = countKeys(value)
  if (kept !== members) {
    return no('json-repeated-key', `${members} different keys`, `${kept} different keys`)
  }
  return ok(value)
}

/** A byte order mark stays what it is, for JSON.parse to refuse. */
function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

/**
 * Depth and number of members (structural colons) of a JSON text, without building anything. What it
 * says of a text that is no JSON does not matter: JSON.parse refuses that afterwards. In UTF-8 no part
 * of a longer character looks like one of these.
 */
function scan(bytes: Uint8Array): { readonly depth: number; readonly members: number } {
  let deepest = 0
  let depth = 0
  let members = 0
  for (let at = 0; at < bytes.length && deepest <= MAX_DEPTH; at += 1) {
    switch (bytes[at]) {
      case 0x22:
        at = endOfString(bytes, at)
        break
      case 0x3a:
        members += 1
        break
      case 0x7b:
      case 0x5b:
        depth += 1
        if (depth > deepest) deepest = depth
        break
      case 0x7d:
      case 0x5d:
        depth -= 1
        break
    }
  }
  return { depth: deepest, members }
}

/** Place of the quote that closes the string opened at `start`; the text's end when none does. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at += 1) {
    if (bytes[at] === 0x22) return at
    if (bytes[at] === 0x5c) at += 1
  }
  return bytes.length
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let keys = 0
  if (Array.isArray(value)) {
    if (typeof value[0] === 'number') return countInMixed(value)
    for (const item of value) keys += countKeys(item)
    return keys
  }
  for (const item of Object.values(value)) keys += 1 + countKeys(item)
  return keys
}

/** Arrays of numbers (histogram counts) are most of a record: a loop without calls. */
function countInMixed(items: readonly unknown[]): number {
  let keys = 0
  for (const item of items) if (typeof item === 'object') keys += countKeys(item)
  return keys
}
