import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyedHash } from '../../shared/wire/control.ts'
import { keyedHash } from '../engine/keyed-hash.ts'
import { openPortDesk } from './port-desk.ts'
import { openPortListeners } from './port-listeners.ts'
import { dialTcp } from './tcp.ts'
import { dialUdp } from './udp.ts'

/** The sockets of the port probe. */
export interface PortsIo {
  readonly dialTcp: typeof dialTcp
  readonly dialUdp: typeof dialUdp
  readonly listen: typeof openPortListeners
  readonly openDesk: typeof openPortDesk
  /** A literal address; null when the name does not resolve. */
  readonly resolve: (host: string) => Promise<string | null>
  readonly sleep: (ms: number) => Promise<unknown>
  /** Random octets as hexadecimal digits. */
  readonly random: (octets: number) => string
  readonly hash: KeyedHash
}

export function portsIo(): PortsIo {
  return {
    ...{ dialTcp, dialUdp, listen: openPortListeners, openDesk: openPortDesk, hash: keyedHash },
    resolve: async (host) => {
      if (isIP(host) !== 0) return host
      return lookup(host).then(
        ({ address }) => address,
        () => null,
      )
    },
    sleep: (ms) => sleep(ms),
    random: (octets) => randomBytes(octets).toString('hex'),
  }
}
