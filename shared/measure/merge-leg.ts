import type { Delay, Egress, Jitter, Leg, Loss } from '../record/observation.ts'
import { mergeBursts } from './bursts.ts'
import { mergeDistributions } from './distribution.ts'
import { type Codec, qualityOf } from './e-model.ts'
import { mergeOctets } from './octets.ts'

const PROOFS = ['none', 'socket-option', 'watched'] as const

/** Merges one leg of several windows, oldest first; the rating is made anew from the merged numbers. */
export function mergeLegs(parts: readonly Leg[], codec: Codec): Leg {
  const loss = mergeLosses(parts.map((part) => part.loss))
  const delay = mergeDelays(parts.map((part) => part.delay))
  return {
    loss,
    jitter: mergeJitters(parts.map((part) => part.jitter)),
    delay,
    tos: mergeOctets(parts.map((part) => part.tos)),
    ttl: mergeOctets(parts.map((part) => part.ttl)),
    egress: mergeEgress(parts.map((part) => part.egress)),
    quality: qualityOf(loss, delay, codec),
  }
}

/** Adds every count. Windows share no second, so the sums over blocks add as well. */
export function mergeLosses(parts: readonly Loss[]): Loss {
  const total = (count: (part: Loss) => number) => parts.reduce((sum, part) => sum + count(part), 0)
  return {
    expected: total((part) => part.expected),
    received: total((part) => part.received),
    lost: total((part) => part.lost),
    unattributed: total((part) => part.unattributed),
    late: total((part) => part.late),
    duplicated: total((part) => part.duplicated),
    reordered: total((part) => part.reordered),
    blocks: {
      seconds: total((part) => part.blocks.seconds),
      packets: total((part) => part.blocks.packets),
      packetsSquared: total((part) => part.blocks.packetsSquared),
      lostSquared: total((part) => part.blocks.lostSquared),
      lostTimesPackets: total((part) => part.blocks.lostTimesPackets),
    },
    bursts: mergeBursts(parts.map((part) => part.bursts)),
  }
}

/** Null when none was known, or when counts against different limits cannot be added. */
export function mergeDelays(parts: readonly (Delay | null)[]): Delay | null {
  const known = parts.filter((part) => part !== null)
  const atMost = mergeDistributions(known.map((part) => part.atMost))
  const atLeast = mergeDistributions(known.map((part) => part.atLeast))
  const aboveMinimum = mergeDistributions(known.map((part) => part.aboveMinimum))
  const limitMs = sharedLimit(known)
  if (atMost === null || atLeast === null || aboveMinimum === null) return null
  if (limitMs === null) return null
  return {
    n: known.reduce((sum, part) => sum + part.n, 0),
    limitMs,
    atMost,
    atLeast,
    mayReachLimit: known.reduce((sum, part) => sum + part.mayReachLimit, 0),
    mustReachLimit: known.reduce((sum, part) => sum + part.mustReachLimit, 0),
    aboveMinimum,
  }
}

/** As {@link mergeDelays}; `final` is that of the newest window that has one (the last of the list). */
export function mergeJitters(parts: readonly (Jitter | null)[]): Jitter | null {
  const known = parts.filter((part) => part !== null)
  const newest = known.at(-1)
  const running = mergeDistributions(known.map((part) => part.running))
  const limitMs = sharedLimit(known)
  if (newest === undefined || running === null || limitMs === null) return null
  return {
    n: known.reduce((sum, part) => sum + part.n, 0),
    final: newest.final,
    limitMs,
    reachesLimit: known.reduce((sum, part) => sum + part.reachesLimit, 0),
    running,
  }
}

/** The mark is known only where every window set the same; the proof is the weakest. */
function mergeEgress(parts: readonly Egress[]): Egress {
  const tos = parts[0]?.tos ?? null
  const weakest = Math.min(...parts.map((part) => PROOFS.indexOf(part.proof)))
  return {
    tos: parts.every((part) => part.tos === tos) ? tos : null,
    proof: PROOFS[weakest] ?? 'none',
  }
}

function sharedLimit(parts: readonly { readonly limitMs: number }[]): number | null {
  const limit = parts[0]?.limitMs ?? null
  return parts.every((part) => part.limitMs === limit) ? limit : null
}
