import type { Returned } from '../types.ts'
import type { ErrorQueueReader } from './departures.ts'
import { AF_INET, AF_INET6 } from './layouts.ts'
import type { Libc } from './libc.ts'
import { readSocketAddress } from './socket-address.ts'

/** How much of a returned datagram is kept: RTP header, sequence and cookie are in it. */
export const QUOTED_BYTES = 64

/**
 * The ICMP error in slot `slot` of an error queue, copied out; null where it names no offender
 * (errors of this host itself). Layout of sock_extended_err:
 *
 *   0 errno u32 | 4 origin u8 | 5 type u8 | 6 code u8 | 7 pad | 8 info u32 | 12 data u32 | 16 offender
 */
export function returnedOf(
  libc: Libc,
  reader: ErrorQueueReader,
  slot: number,
  length: number,
  nowNs: number,
): Returned | null {
  const { vector, control } = reader
  const at = control.offenderAt * 4
  const family = vector.control.view.getUint16(at, true)
  if (family !== AF_INET && family !== AF_INET6) return null
  const { address } = readSocketAddress(libc, vector.control.view, vector.control.address, at)
  const start = slot * vector.slotBytes
  const kept = Math.min(length, vector.slotBytes)
  return {
    from: address,
    type: (control.errorWord >>> 8) & 0xff,
    code: (control.errorWord >>> 16) & 0xff,
    info: control.errorInfo,
    stampNs: Number.isNaN(control.stampNs) ? nowNs : control.stampNs,
    payload: vector.data.bytes.slice(start, start + kept),
  }
}
