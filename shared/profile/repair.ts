import * as v from 'valibot'
import { child, closest } from './problem.ts'
import { requirementOf } from './wanted.ts'

type Schema = v.GenericSchema

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

const GENERAL = 'correct the value'
/** Pairs are ranges. */
const BOTH_ENDS = 'write two: [first, last]'

/**
 * How to mend one value. `key` is the key it stands under, whose ending names the unit; `found` is
 * what stands there.
 */
export function repairOf(key: string, schema: Schema | undefined, found: unknown): string {
  if (found === undefined) return key === '' ? 'write the file' : `add ${key}`
  if (found === null) return 'write a value there'
  if (Array.isArray(found)) return listRepair(schema, found)
  if (schema?.type === 'array') return asList(schema, found)
  if (schema?.type === 'tuple' && spanOf(String(found)) === null) return BOTH_ENDS
  if (typeof found === 'string') return textRepair(key, schema, found)
  if (typeof found !== 'number' && typeof found !== 'boolean') return GENERAL
  if (schema?.type === 'string') return quoted(schema, String(found))
  if (optionsOf(schema).includes(String(found))) return `put it in quotes: "${found}"`
  if (key.endsWith('Ratio') && typeof found === 'number' && found > 0.5 && found <= 100) {
    return `a ratio is wanted: ${found} per cent is ${tidy(found / 100)}`
  }
  return GENERAL
}

/** What may stand as it is between brackets and commas. */
function isPlain(value: unknown): boolean {
  const isWord = typeof value === 'string' && /^[^\s,[\]{}#"']{1,40}$/.test(value)
  return isWord || typeof value === 'number'
}

/** A list where a pair is wanted, or one value. */
function listRepair(schema: Schema | undefined, found: readonly unknown[]): string {
  const [first, second] = found
  if (found.length === 2 && Number(first) > Number(second)) return `write [${second}, ${first}]`
  if (schema?.type === 'tuple') {
    const span = typeof first === 'string' ? spanOf(first) : null
    if (found.length === 1 && span !== null) return `write [${span.join(', ')}]`
    if (found.length === 1 && Array.isArray(first)) return 'take the outer brackets away'
    if (found.length !== 2) return BOTH_ENDS
    return GENERAL
  }
  const isMeant = found.length === 1 && isPlain(first) && fits(schema, first)
  return isMeant ? `write ${first} alone, without brackets` : GENERAL
}

function fits(schema: Schema | undefined, value: unknown): boolean {
  return schema !== undefined && v.safeParse(schema, value).success
}

/** One value where a list of such is wanted. */
function asList(schema: Schema, found: unknown): string {
  const item = child(schema, 'item') as Schema
  if (typeof found !== 'object')
    return isPlain(found) && fits(item, found) ? `write a list: [${found}]` : GENERAL
  const ofMaps = item.type === 'strict_object' || item.type === 'variant'
  return ofMaps ? 'write a list: "- " before each map' : GENERAL
}

function textRepair(key: string, schema: Schema | undefined, found: string): string {
  if (schema?.type === 'boolean') {
    if (/^(yes|on|y)$/i.test(found)) return 'write true'
    return /^(no|off|n)$/i.test(found) ? 'write false' : GENERAL
  }
  if (schema?.type === 'picklist') {
    const near = closest(found, optionsOf(schema))
    return near === undefined ? GENERAL : `write ${near}`
  }
  if (schema?.type === 'string') return hostRepair(key, found) ?? GENERAL
  const span = spanOf(found)
  if (span !== null && schema?.type !== 'number') return `write a range as [${span.join(', ')}]`
  return numberRepair(key, found) ?? GENERAL
}

/** An address with what does not belong to it. */
function hostRepair(key: string, found: string): string | undefined {
  const [, host, mark, rest] = /^\[?([0-9A-Za-z.:_-]+?)\]?([/:])(\d{1,5})$/.exec(found) ?? []
  if (host === undefined || (mark === ':' && !found.includes(']') && host.includes(':')))
    return undefined
  return key === 'reflector' && mark === ':'
    ? `write ${host}, and port: ${rest} beside it`
    : `write ${host} alone`
}

/** `16384-32767` */
function spanOf(text: string): readonly [string, string] | null {
  const [, first, last] = /^\s*(\d+)\s*[-–]\s*(\d+)\s*$/.exec(text) ?? []
  return first === undefined || last === undefined ? null : [first, last]
}

function optionsOf(schema: Schema | undefined): readonly string[] {
  if (schema?.type !== 'picklist') return []
  return (child(schema, 'options') as readonly unknown[]).map(String)
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
