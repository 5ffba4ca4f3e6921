import { figureOf } from '../../shared/verdict/figure.ts'
import type { Finding, FleetSite, Judged, Site } from './answers.ts'

export const DAY_MS = 86_400_000

type Overall = Judged['overall']

/** The colour of a word for a site; it is always written out as well. */
export const TONES: { readonly [word in Overall]: Finding['verdict'] } = {
  READY: 'pass',
  'NOT READY': 'fail',
  'CANNOT SAY': 'inconclusive',
}
export const FAR_ENDS: { readonly [farEnd in Finding['farEnd']]: string } = {
  primary: 'primary',
  secondary: 'secondary',
  none: '–',
}
export const LEGS: { readonly [leg in Finding['leg']]: string } = {
  out: 'out →',
  back: '← back',
  either: 'either',
  none: '–',
}

const CAUSES: { readonly [cause in NonNullable<Site['cause']>]?: string } = {
  'far-ends-silent': 'FAR ENDS SILENT',
  revoked: 'KEY TAKEN BACK',
}

/** What is to be said of a site in a word: why nothing can be said of it goes before what is. */
export function wordOf(site: Site | FleetSite): string {
  if (site.last === null) return 'NEVER HEARD'
  const cause = site.cause === null ? undefined : CAUSES[site.cause]
  if (cause !== undefined) return cause
  if (site.silent) return 'SILENT'
  return 'judged' in site && !site.judged ? 'NOT JUDGED YET' : site.overall
}

/**
 * What whoever looks at the list must know beside that word: a far end that nothing comes from, of which the newest
 * minute tells only later, and that somebody works there.
 */
export function besides({ agents, cause, maintenanceUntil }: Site | FleetSite): string[] {
  const silent = agents.flatMap(({ alive }) => alive?.silent.map(({ farEnd }) => farEnd) ?? [])
  const told = cause === null ? [...new Set(silent)].map((end) => `nothing from ${end}`) : []
  if (maintenanceUntil === null) return told
  return [...told, `maintenance until ${utc(maintenanceUntil)}`]
}

/** How old a site's newest record is. */
export function newestOf({ last }: Pick<Site, 'last'>): string {
  return last === null ? 'no record ever came' : `${age(last.ageSeconds)} old`
}

/** An instant (ISO 8601) to the minute, with its zone. */
export function utc(instant: string): string {
  return `${instant.slice(0, 16).replace('T', ' ')} UTC`
}

/** Hours and minutes of an instant (ISO 8601, UTC). */
export function clock(instant: string): string {
  return instant.slice(11, 16)
}

/** A number of seconds in the largest unit that fits. */
export function age(seconds: number): string {
  if (seconds < 0) return 'ahead of this collector’s clock'
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} days`
}

/** A value with its unit, as exact as its limit needs it; a dash where there is none. */
export function amount(value: number | null, unit: Finding['unit'], limit: number | null): string {
  if (value === null) return '–'
  if (unit === 'dscp') return `DSCP ${value}`
  const name = unit === 'ratio' ? '%' : unit
  return figureOf(value, { unit, limit }) + (unit === 'none' ? '' : `\u00a0${name}`)
}

const SIGNS: { readonly [op in Finding['op']]: string } = {
  '<': '< ',
  '<=': '≤ ',
  '==': '= ',
  '>=': '≥ ',
  none: '',
}

export function limitText({ limit, op, unit }: Finding): string {
  return limit === null ? '–' : SIGNS[op] + amount(limit, unit, limit)
}

/** Who did something, without the kind of his account. */
export function nameOf(actor: string): string {
  return actor.replace(/^[a-z]+:/, '')
}

/** Each text once, and none that is empty. */
export function once(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '')
}
