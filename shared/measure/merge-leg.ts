import type { Delay, Egress, Jitter, Leg, Loss } from '../record/observation.ts'
import { mergeBursts } from './bursts.ts'
import { mergeDistributions } from './distribution.ts'
import { type Codec, qualityOf } from './e-model.ts'
import { mergeOctets } from './octets.ts'

const PROOFS = { none: 0, 'socket-option': 1, watched: 2 } as const

/** Merges one leg of several windows, oldest first; the rating is made anew from the merged numbers. */
export function mergeLegs(parts: readonly Leg[], codec: Codec): Leg {
  const loss = mergeLosses(parts.map((part) => part.loss))
  const delay = mergeDelays(parts)
  return {
    loss,
    jitter: mergeJitters(parts.map((part) => part.jitter)),
    delay,
    tos: mergeOctets(parts.map((part) => part.tos)),
    ttl: mergeOctets(parts.map((part) => part.ttl)),
    egress: mergeEgress(parts),
    quality: qualityOf(loss, delay, codec),
  }
}

/** Adds every count. Windows share no second, so the sums over blocks add as well. */
function mergeLosses(parts: readonly Loss[]): Loss {
  const blocks = { seconds: 0, packets: 0, packetsSquared: 0, lostSquared: 0, lostTimesPackets: 0 }
  const merged = {
    expected: 0,
    received: 0,
    lost: 0,
    unattributed: 0,
    late: 0,
    duplicated: 0,
    reordered: 0,
    blocks,
    bursts: mergeBursts(parts.map((part) => part.bursts)),
  }
  for (const part of parts) {
    merged.expected += part.expected
    merged.received += part.received
    merged.lost += part.lost
    merged.unattributed += part.unattributed
    merged.late += part.late
    merged.duplicated += part.duplicated
    merged.reordered += part.reordered
    blocks.seconds += part.blocks.seconds
    blocks.packets += part.blocks.packets
    blocks.packetsSquared += part.blocks.packetsSquared
    blocks.lostSquared += part.blocks.lostSquared
    blocks.lostTimesPackets += part.blocks.lostTimesPackets
  }
  return merged
}

/** Null when none was known, or when counts against different limits cannot be added. */
function mergeDelays(parts: readonly Leg[]): Delay | null {
  const known: Delay[] = []
  for (const { delay } of parts) if (delay !== null) known.push(delay)
  const atMost = mergeDistributions(known.map((part) => part.atMost))
  const atLeast = mergeDistributions(known.map((part) => part.atLeast))
  const aboveMinimum = mergeDistributions(known.map((part) => part.aboveMinimum))
  const limitMs = sharedLimit(known)
  if (atMost === null || atLeast === null || aboveMinimum === null) return null
  if (limitMs === null) return null
  const merged = {
    n: 0,
    limitMs,
    atMost,
    atLeast,
    mayReachLimit: 0,
    mustReachLimit: 0,
    aboveMinimum,
  }
  for (const part of known) {
    merged.n += part.n
    merged.mayReachLimit += part.mayReachLimit
    merged.mustReachLimit += part.mustReachLimit
  }
  return merged
}

/** As {@link mergeDelays}; `final` is that of the newest window that has one (the last of the list). */
export function mergeJitters(parts: readonly (Jitter | null | undefined)[]): Jitter | null {
  const known = parts.filter((jitter) => jitter != null)
  const newest = known.at(-1)
  const running = mergeDistributions(known.map((part) => part.running))
  const limitMs = sharedLimit(known)
  if (newest === undefined || running === null || limitMs === null) return null
  const merged = { n: 0, final: newest.final, limitMs, reachesLimit: 0, running }
  for (const part of known) {
    merged.n += part.n
    merged.reachesLimit += part.reachesLimit
  }
  return merged
}

/** The mark is known only where every window set the same; the proof is the weakest. */
function mergeEgress(parts: readonly Leg[]): Egress {
  const merged: Egress = { tos: parts[0]?.egress.tos ?? null, proof: 'watched' }
  for (const { egress } of parts) {
    if (egress.tos !== merged.tos) merged.tos = null
    if (PROOFS[egress.proof] < PROOFS[merged.proof]) merged.proof = egress.proof
  }
  return merged
}

function sharedLimit(parts: readonly { readonly limitMs: number }[]): number | null {
  const limit = parts[0]?.limitMs ?? null
  for (const { limitMs } of parts) if (limitMs !== limit) return null
  return limit
}
