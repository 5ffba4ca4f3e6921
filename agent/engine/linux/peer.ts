import type { Peer } from '../types.ts'
import type { Arena } from './memory.ts'
import type { Source } from './source-address.ts'

/**
 * A far end with its socket address in memory that the kernel can read, and with the control data
 * that names the own address to send from, where the kernel would choose another.
 */
export class LinuxPeer implements Peer {
  readonly address: string
  readonly port: number
  readonly six: boolean
  readonly name: Arena
  readonly nameBytes: number
  readonly local: string | undefined
  readonly source: Source | null

  constructor(
    address: string,
    port: number,
    name: Arena,
    nameBytes: number,
    from: { readonly local: string; readonly source: Source } | null,
  ) {
    this.address = address
    this.port = port
    this.six = nameBytes > 16
    this.name = name
    this.nameBytes = nameBytes
    this.local = from?.local
    this.source = from?.source ?? null
  }
}
