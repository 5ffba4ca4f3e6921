import { counted } from '../counted.ts'
import type { SeenRecord } from '../evidence/verify-items.ts'
import { signForBoth } from './backing.ts'
import type { Eligibility } from './document.ts'
import { utcSpan } from './scope.ts'

type Parties = Eligibility['contract']['parties']
type Sighting = Parties['sightings'][number]

/** From where reflectors saw packets come, and which of them cannot tell far ends apart. */
export type SeenFrom = Pick<Parties, 'sightings' | 'forBoth'>

/** @param parts times in each of which a reflector that signs for both far ends is told */
export function seenFrom(
  records: readonly SeenRecord[],
  parts: readonly (readonly SeenRecord[])[],
): SeenFrom {
  const names = parts.flatMap((part) => [...signForBoth(part).values()])
  return { sightings: sightingsOf(records), forBoth: [...new Set(names)].sort() }
}

/** From where each reflector saw whose packets come, by its receipts: the agent's place is its own word. */
function sightingsOf(records: readonly SeenRecord[]): Sighting[] {
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

/** Of a long list a person is shown so many; all stand in the document. */
const SHOWN = 12

/** Who was seen from where, in words, and what that cannot tell. */
export function sightingTexts({ sightings, forBoth }: SeenFrom): string[] {
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
