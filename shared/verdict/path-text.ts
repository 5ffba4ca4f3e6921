import type { Border, MarkChange, PathObservation } from '../record/path.ts'
import { dscpName } from './dscp-name.ts'

/** A place on the way in words: `hop 2 10.0.0.1 (Carrier)`, `this host`, `the far end`. */
export function borderText({ ttl, address, owner }: Border): string {
  const where =
    ttl === 0 ? 'this host' : ttl === null ? 'the far end' : `hop ${ttl}${spaced(address)}`
  return owner === undefined ? where : `${where} (${owner})`
}

/** `EF -> CS0 between hop 2 10.0.0.1 (Carrier) and hop 3 10.0.1.1`. */
export function changeText({ from, to, after, at }: MarkChange): string {
  return `${dscpName(from)} -> ${dscpName(to)} between ${borderText(after)} and ${borderText(at)}`
}

/** Who must mend a change: the owners of both sides, once each; null where none is known. */
export function ownersOf({ after, at }: Pick<MarkChange, 'after' | 'at'>): string | null {
  const owners = [after.owner, at.owner].filter((owner) => owner !== undefined)
  return owners.length === 0 ? null : [...new Set(owners)].join(' or ')
}

/** Where large packets stop, in words. */
export function mtuText({
  octets,
  how,
  nextHop,
  after,
  at,
}: NonNullable<PathObservation['mtu']>): string {
  const place = `between ${borderText(after)} and ${borderText(at)}`
  if (how === 'silent') return `packets of ${octets} octets vanish ${place}, small ones pass`
  const mtu = nextHop === null ? 'a smaller MTU' : `an MTU of ${nextHop}`
  return `${borderText(after)} names ${mtu}: packets of ${octets} octets do not pass it`
}

function spaced(address: string | null): string {
  return address === null ? '' : ` ${address}`
}
