import type { Hosts } from './hosts.ts'
import { type Reflector, runCheck, withPair } from './product.ts'
import type { Sample } from './table.ts'

const SEEDS = 50
const SECONDS = 5
const CALLS = 4

/**
 * Losses made by nftables on one leg or both, a rate and a leg by seed: what voip-ready counts per
 * leg against the kernel's own counters. The probe counts the control messages apart, because only
 * RTP-sized datagrams are dropped.
 */
export async function lossExactness(seeds = SEEDS): Promise<Sample[]> {
  let exact = 0
  let worst = 0
  await withPair(async (hosts, reflector) => {
    for (let seed = 0; seed < seeds; seed += 1) {
      const off = await oneSeed(hosts, reflector, seed)
      if (off === 0) exact += 1
      worst = Math.max(worst, off)
    }
  })
  const row = (what: string, value: number): Sample => ({ what, value, peer: Number.NaN, unit: '' })
  return [
    row(`loss per leg exact, of ${seeds} seeds`, exact),
    row('worst difference, packets', worst),
  ]
}

/** Sum over both legs of |counted - dropped| in one run. */
async function oneSeed(hosts: Hosts, reflector: Reflector, seed: number): Promise<number> {
  const rate = [0, 5, 20, 100, 400]
  const out = rate[seed % 5] ?? 0
  const back = rate[Math.floor(seed / 5) % 5] ?? 0
  hosts.nft('b', ruleset('out', 'dport', out))
  hosts.nft('a', ruleset('back', 'sport', back))
  const run = await runCheck(hosts, reflector, SECONDS, ['--calls', `${CALLS}`])
  const dropped = new Map([...hosts.counters('a'), ...hosts.counters('b')])
  const { legs } = run.stream
  return (
    Math.abs(legs.out.loss.lost - (dropped.get('out') ?? 0)) +
    Math.abs(legs.back.loss.lost - (dropped.get('back') ?? 0)) +
    legs.out.loss.unattributed +
    legs.back.loss.unattributed
  )
}

/**
 * Drops RTP (first octet 0x80) at so many per thousand on arrival: a drop on departure would come
 * back to the sender as an error, and what a sender knows that it could not send is no loss.
 */
function ruleset(leg: string, port: 'dport' | 'sport', perMille: number): string {
  return `
flush ruleset
table inet lossy {
  counter ${leg} { }
  chain input {
    type filter hook input priority 0
    udp ${port} 4000 @th,64,8 0x80 numgen random mod 1000 < ${perMille} counter name ${leg} drop
  }
}
`
}
