import type * as v from 'valibot'
import { child } from './problem.ts'

type Schema = v.GenericSchema

/** What a schema asks for, in words: `a number from 1 to 2000`, `one of mean, p95, p99, max`. */
export function wantedOf(schema: Schema | undefined): string {
  if (schema === undefined) return 'a value of another kind'
  switch (schema.type) {
    case 'number':
      return numberWords(schema)
    case 'string':
      return stringWords(schema)
    case 'boolean':
      return 'true or false'
    case 'literal':
      return JSON.stringify(child(schema, 'literal'))
    case 'picklist':
      return `one of ${(child(schema, 'options') as readonly string[]).join(', ')}`
    case 'array':
      return `a list${sizeWords(schema)}, each ${wantedOf(child(schema, 'item') as Schema)}`
    case 'tuple':
      return tupleWords((child(schema, 'items') as readonly Schema[]).map(wantedOf))
    case 'union':
      return (child(schema, 'options') as readonly Schema[]).map(wantedOf).join(', or ')
    case 'record':
      return 'a map with ids of lines as keys, such as LCM-07'
    default:
      return mapWords(schema)
  }
}

function tupleWords(items: readonly string[]): string {
  const alike = new Set(items).size === 1
  return alike ? `a list of ${items.length}, each ${items[0]}` : `a list of ${items.join(' and ')}`
}

/** With the keys that it must have; with all that it may have, where it must have none. */
function mapWords(schema: Schema): string {
  if (schema.type !== 'strict_object') return 'a map'
  const entries = Object.entries((child(schema, 'entries') ?? {}) as Record<string, Schema>)
  const needed = entries.filter(([, entry]) => entry.type !== 'optional')
  const keys = (needed.length > 0 ? needed : entries).map(([key]) => key)
  const shown = keys.slice(0, MOST_KEYS).join(', ')
  return `a map with ${shown}${keys.length > MOST_KEYS ? ' and more' : ''}`
}
const MOST_KEYS = 6

/** Checks that were piped onto a schema, by name. */
export function requirementOf(schema: Schema, type: string): unknown {
  const pipe = child(schema, 'pipe')
  if (!Array.isArray(pipe)) return undefined
  const found = pipe.find((action) => child(action, 'type') === type)
  return found === undefined ? undefined : (child(found, 'requirement') ?? true)
}

function numberWords(schema: Schema): string {
  const what = requirementOf(schema, 'integer') === undefined ? 'a number' : 'a whole number'
  const low = requirementOf(schema, 'min_value')
  const high = requirementOf(schema, 'max_value')
  if (low === undefined && high === undefined) return what
  if (high === undefined) return `${what} from ${low}`
  return `${what} from ${low} to ${high}`
}

function stringWords(schema: Schema): string {
  const pattern = requirementOf(schema, 'regex')
  if (pattern instanceof RegExp) return PATTERNS[pattern.source] ?? `text like ${pattern.source}`
  if (requirementOf(schema, 'ip') !== undefined) return 'an IP address'
  const most = requirementOf(schema, 'max_length')
  const least = requirementOf(schema, 'min_length')
  if (most === undefined) return 'text'
  return `text of ${least ?? 0} to ${most} characters`
}

function sizeWords(schema: Schema): string {
  const least = requirementOf(schema, 'min_length')
  const most = requirementOf(schema, 'max_length')
  if (least !== undefined && most !== undefined) return ` of ${least} to ${most}`
  if (least !== undefined) return ` of at least ${least}`
  return most === undefined ? '' : ` of at most ${most}`
}

/** Patterns of the schemas in words; a pattern is no sentence. */
const PATTERNS: { readonly [source: string]: string } = {
  '^[A-Z]{2,6}(-[A-Z]{2,4})?-[0-9A-Z]{1,3}$': 'an id such as LCM-07',
  '^[A-Z][A-Z0-9-]{0,15}$': 'the name of a table in capitals, such as MON-SRV',
  '^[a-z0-9][a-z0-9-]{1,62}$': 'a name of small letters, digits and hyphens, 2 to 63 characters',
  '^[a-z0-9][a-z0-9-]{0,62}$': 'a name of small letters, digits and hyphens, 1 to 63 characters',
  '^[a-z0-9][a-z0-9-]{0,31}$': 'a name of small letters, digits and hyphens, 1 to 32 characters',
  '^\\d+\\.\\d+\\.\\d+$': 'a version such as "1.0.0"',
  '^([01]\\d|2[0-3]):[0-5]\\d$': 'a time such as "08:00"',
  '^[0-9a-f]{64}$': 'a SHA-256 of 64 small hexadecimal digits',
  '^[A-Za-z0-9._-]{1,32}:[A-Za-z0-9+/=_-]{22,128}$':
    'an access key id:secret with a secret of 22 to 128 characters',
  '^voip-ready-reflector\\/[a-z0-9][a-z0-9.-]{0,62}\\+[0-9a-f]{8}\\+A[Q-Za-f][A-Za-z0-9+/]{42}$':
    'a verifier key as voip-ready reflector key show prints it',
}
