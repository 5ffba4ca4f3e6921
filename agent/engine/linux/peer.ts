import type { Peer } from '../types.ts'
import type { Arena } from './memory.ts'

/** A far end with its socket address in memory that the kernel can read. */
export class LinuxPeer implements Peer {
  readonly address: string
  readonly port: number
  readonly six: boolean
  readonly name: Arena
  readonly nameBytes: number

  constructor(address: string, port: number, name: Arena, nameBytes: number) {
    this.address = address
    this.port = port
    this.six = nameBytes > 16
    this.name = name
    this.nameBytes = nameBytes
  }
}
