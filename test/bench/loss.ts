import { createHosts, type Hosts } from './hosts.ts'
import { type Reflector, runCheck, startReflector } from './product.ts'
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
  const hosts = createHosts()
  const reflector = await startReflector(hosts)
  let exact = 0
  let worst = 0
  try {
    for (let seed = 0; seed < seeds; seed += 1) {
      const off = await oneSeed(hosts, reflector, seed)
      if (off === 0) exact += 1
      worst = Math.max(worst, off)
    }
  } finally {
    await reflector.stop()
    hosts.destroy()
  }
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
  hosts.nft('b', ruleset(out, back))
  const run = await runCheck(hosts, reflector, SECONDS, ['--calls', `${CALLS}`])
  const dropped = hosts.counters('b')
  const { legs } = run.stream
  return (
    Math.abs(legs.out.loss.lost - (dropped.get('out') ?? 0)) +
    Math.abs(legs.back.loss.lost - (dropped.get('back') ?? 0)) +
    legs.out.loss.unattributed +
    legs.back.loss.unattributed
  )
}

/** Drops RTP (first octet 0x80, marker or not) at so many per thousand, on arrival and departure. */
function ruleset(outPerMille: number, backPerMille: number): string {
  const drop = (leg: string, perMille: number) =>
    `@th,64,8 0x80 numgen random mod 1000 < ${perMille} counter name ${leg} drop`
  return `
flush ruleset
table inet lossy {
  counter out { }
  counter back { }
  chain input { type filter hook input priority 0; udp dport 4000 ${drop('out', outPerMille)}; }
  chain output { type filter hook output priority 0; udp sport 4000 ${drop('back', backPerMille)}; }
}
`
}
