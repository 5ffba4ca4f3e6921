import { fileURLToPath } from 'node:url'
import { listening, type Peer } from '../peers/peer.ts'
import type { Lab } from '../topology.ts'

export type FuzzMode = 'servfail' | 'refused' | 'forged' | 'forged-then-right' | 'malformed'

const SERVER = fileURLToPath(new URL('fuzz-dns.mjs', import.meta.url))

/**
 * A DNS server of our own that answers as `mode` says, from `address`; null: from whichever address the
 * host's routes choose. Seeded.
 */
export async function startFuzzDns(
  lab: Lab,
  host: string,
  mode: FuzzMode,
  address: string | null,
  seed = 1,
): Promise<Peer> {
  const child = lab.spawn(host, [
    process.execPath,
    SERVER,
    mode,
    address ?? '0.0.0.0',
    String(seed),
  ])
  const peer = { host, child }
  await listening(lab, peer, 'udp', 53)
  return peer
}
