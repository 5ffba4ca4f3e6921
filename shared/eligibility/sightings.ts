import { counted } from '../counted.ts'
import type { SeenRecord } from '../evidence/verify-items.ts'
import type { Eligibility } from './document.ts'
import { utcSpan } from './scope.ts'

type Parties = Eligibility['contract']['parties']
type Sighting = Parties['sightings'][number]
type FarEnd = Sighting['farEnd']

/** From where each reflector saw whose packets come, by its receipts: the agent's place is its own word. */
export function sightingsOf(records: readonly SeenRecord[]): Sighting[] {
  const found = new Map<string, Sighting>()
  for (const { record, receipts } of records)
    for (const { farEnd, segment = null, reflector, address, proven } of receipts.marks) {
      const { agent, window } = record
      const key = [agent, farEnd, segment, reflector, address].join(' ')
      const before = found.get(key)
      found.set(key, {
        ...{ agent, farEnd, segment, reflector, address },
        receipts: (before?.receipts ?? 0) + 1,
        proven: (before?.proven ?? 0) + Number(proven),
        from: Math.min(before?.from ?? window.from, window.from),
        to: Math.max(before?.to ?? window.to, window.to),
      })
    }
  return [...found.values()].sort((a, b) => placeOf(a).localeCompare(placeOf(b)) || a.from - b.from)
}

const placeOf = ({ farEnd, segment, agent }: Sighting) => `${farEnd} ${segment ?? ''} ${agent}`

/**
 * The reflectors that signed for both far ends in these records, by the ids of their keys. What one
 * signs names no far end, so by which way its packets went is the agent's word.
 */
export function signForBoth(records: readonly SeenRecord[]): ReadonlyMap<string, string> {
  const marks = records
    .flatMap(({ receipts }) => receipts.marks)
    .filter(({ segment, proven }) => proven && segment === undefined)
  const of = (wanted: FarEnd) => marks.filter(({ farEnd }) => farEnd === wanted)
  const secondary = new Set(of('secondary').map(({ keyid }) => keyid))
  return new Map(
    of('primary')
      .filter(({ keyid }) => secondary.has(keyid))
      .map(({ keyid, reflector }) => [keyid, reflector]),
  )
}

/** Of a long list a person is shown so many; all stand in the document. */
const SHOWN = 12

/** Who was seen from where, in words, and what that cannot tell. */
export function sightingTexts({ sightings, forBoth }: Parties): string[] {
  const lines = sightings.slice(0, SHOWN).map((one) => {
    const place = one.segment === null ? one.farEnd : `${one.farEnd} segment ${one.segment}`
    const proven = one.proven < one.receipts ? `, ${one.proven} of them proven` : ''
    return `${place}: ${one.reflector} saw ${one.agent} come from ${one.address} (${counted(one.receipts, 'receipt')}${proven}, ${utcSpan(one)})`
  })
  const more = sightings.length - lines.length
  return [
    ...lines,
    ...(more > 0 ? [`and ${more} more, in --json`] : []),
    ...(lines.length > 0
      ? ["that these are the site's addresses no signature tells: hold them against its own"]
      : []),
    ...forBoth.map(
      (name) =>
        `${name} signed for both far ends: by which way its packets went is the agent's word alone`,
    ),
  ]
}
