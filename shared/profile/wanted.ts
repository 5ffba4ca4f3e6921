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
      return `a list${sizeWords(schema)}`
    case 'tuple':
      return `a list of ${(child(schema, 'items') as readonly Schema[]).map(wantedOf).join(' and ')}`
    case 'union':
      return (child(schema, 'options') as readonly Schema[]).map(wantedOf).join(', or ')
    default:
      return 'a map'
  }
}

/** Checks that were piped onto a schema, by name. */
function requirementOf(schema: Schema, type: string): unknown {
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
  '^\\d+\\.\\d+\\.\\d+$': 'a version such as "1.0.0"',
  '^([01]\\d|2[0-3]):[0-5]\\d$': 'a time such as "08:00"',
  '^[0-9a-f]{64}$': 'a SHA-256 of 64 small hexadecimal digits',
  '^[A-Za-z0-9._-]{1,32}:[A-Za-z0-9+/=_-]{22,128}$':
    'an access key id:secret with a secret of 22 to 128 characters',
  '^voip-ready-reflector\\/[a-z0-9][a-z0-9.-]{0,62}\\+[0-9a-f]{8}\\+A[Q-Za-f][A-Za-z0-9+/]{42}$':
    'a verifier key as voip-ready reflector key show prints it',
}

/** How many of the unit that the key names one of the written unit is. */
const UNITS: { readonly [key: string]: { readonly [unit: string]: number } } = {
  Ms: { ms: 1, s: 1000, us: 0.001, µs: 0.001 },
  Ratio: { '%': 0.01 },
  Seconds: { s: 1, ms: 0.001, m: 60, min: 60 },
  Minutes: { m: 1, min: 1, h: 60, s: 1 / 60 },
  Ppm: { ppm: 1 },
  confidence: { '%': 0.01 },
  g711: { 'kbit/s': 1, 'kb/s': 1, kbps: 1 },
  g729: { 'kbit/s': 1, 'kb/s': 1, kbps: 1 },
}

/**
 * How to mend one value. `key` is the key it stands under, whose ending names the unit; `found` is
 * what stands there.
 */
export function repairOf(key: string, schema: Schema | undefined, found: unknown): string {
  if (found === undefined) return key === '' ? 'write the file' : `add ${key}`
  const general = 'correct the value'
  if (schema?.type === 'boolean' && typeof found === 'string') {
    return /^(yes|on|y)$/i.test(found)
      ? 'write true'
      : /^(no|off|n)$/i.test(found)
        ? 'write false'
        : general
  }
  if (schema?.type === 'string' && (typeof found === 'number' || typeof found === 'boolean')) {
    return quoted(schema, String(found))
  }
  if (key.endsWith('Ratio') && typeof found === 'number' && found > 0.5 && found <= 100) {
    return `a ratio is wanted: ${found} per cent is ${tidy(found / 100)}`
  }
  if (Array.isArray(found) && found.length === 2 && Number(found[0]) > Number(found[1])) {
    return `write [${found[1]}, ${found[0]}]`
  }
  if (typeof found !== 'string') return general
  const span = /^\s*(\d+)\s*[-–]\s*(\d+)\s*$/.exec(found)
  if (span !== null) return `write a range as [${span[1]}, ${span[2]}]`
  return numberRepair(key, found) ?? general
}

/** Quotes alone mend only what is text of the wanted form then. */
function quoted(schema: Schema, found: string): string {
  const pattern = requirementOf(schema, 'regex')
  const fits = !(pattern instanceof RegExp) || pattern.test(found)
  return fits ? `put it in quotes: "${found}"` : 'write it like that, in quotes'
}

function numberRepair(key: string, found: string): string | undefined {
  const parts = /^\s*([\d.]+)\s*([a-zA-Zµ%/]*)\s*$/.exec(found)
  const value = Number(parts?.[1])
  if (parts === null || !Number.isFinite(value)) return undefined
  const unit = parts[2] ?? ''
  if (unit === '') return `write ${tidy(value)} without quotes`
  const ending = Object.keys(UNITS).find((end) => key.endsWith(end))
  const factor = ending === undefined ? undefined : UNITS[ending]?.[unit.toLowerCase()]
  if (factor === undefined) return 'write the number alone, without a unit'
  return `write ${tidy(value * factor)}: the key already names the unit`
}

/** Nine digits are enough for a person, and hide the dust of binary fractions. */
function tidy(value: number): string {
  return String(Number(value.toPrecision(9)))
}
