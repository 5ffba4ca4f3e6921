import { isUtf8 } from 'node:buffer'
import { ok, type Result, refuse } from '../../shared/result.ts'
import { countMembers, scanJson } from '../../shared/schema/json-members.ts'
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
  const { depth, members } = scanJson(bytes, MAX_DEPTH)
  if (depth > MAX_DEPTH) {
    return no('json-too-deep', `at most ${MAX_DEPTH} levels`, `${depth} levels or more`)
  }
  let value: unknown
  try {
    value = JSON.parse(utf8(bytes))
  } catch (error) {
    return no('not-json', 'JSON', error instanceof Error ? error.message : 'other text')
  }
  const kept = countMembers(value)
  if (kept !== members) {
    return no('json-repeated-key', `${members} different keys`, `${kept} different keys`)
  }
  return ok(value)
}

/** A byte order mark stays what it is, for JSON.parse to refuse. */
function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
