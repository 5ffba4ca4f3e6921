import type { Loss } from '../record/observation.ts'

export type Bursts = NonNullable<Loss['bursts']>

/** RFC 3611 section 4.7.2: this many received packets in a row end a burst. */
const GMIN = 16

/**
 * Bursts and gaps by the definition of RFC 3611 section 4.7.2 (not by the counters of its appendix A.2,
 * which disagree with it): losses with fewer than Gmin received packets between them stand together;
 * two or more are a burst, one alone belongs to a gap. The ends of the series count as Gmin received.
 * @param lost one entry per packet that travelled the leg, in sequence order; non-zero = lost
 */
export function burstsOf(lost: Uint8Array): Bursts {
  const found = {
    bursts: 0,
    burstPackets: 0,
    burstLost: 0,
    gapPackets: 0,
    gapLost: 0,
    longestRun: 0,
    runs: 0,
  }
  let first = -1
  let last = -1
  let size = 0
  let run = 0
  const closeGroup = () => {
    if (size === 1) found.gapLost++
    if (size < 2) return
    found.bursts++
    found.burstLost += size
    found.burstPackets += last - first + 1
  }
  for (let i = lost.indexOf(1); i >= 0; i = lost.indexOf(1, i + 1)) {
    if (size > 0 && i - last - 1 >= GMIN) {
      closeGroup()
      size = 0
    }
    if (size === 0) first = i
    run = last === i - 1 && run > 0 ? run + 1 : 1
    if (run === 1) found.runs++
    found.longestRun = Math.max(found.longestRun, run)
    last = i
    size++
  }
  closeGroup()
  found.gapPackets = lost.length - found.burstPackets
  return found
}

/** Adds the bursts of separate series; null (could not be told) is skipped, null when all are. */
export function mergeBursts(parts: readonly (Bursts | null)[]): Bursts | null {
  let sum: Bursts | null = null
  for (const part of parts) {
    if (part === null) continue
    if (sum === null) sum = { ...part }
    else {
      sum.bursts += part.bursts
      sum.burstPackets += part.burstPackets
      sum.burstLost += part.burstLost
      sum.gapPackets += part.gapPackets
      sum.gapLost += part.gapLost
      sum.longestRun = Math.max(sum.longestRun, part.longestRun)
      sum.runs += part.runs
    }
  }
  return sum
}

/** Densities as RFC 3611 section 4.7.2 writes them: 256ths, rounded down, at most 255. */
export function densities(bursts: Bursts): {
  readonly burst: number
  readonly gap: number
} {
  const of = (lost: number, packets: number) =>
    packets === 0 ? 0 : Math.min(255, Math.floor((256 * lost) / packets))
  return {
    burst: of(bursts.burstLost, bursts.burstPackets),
    gap: of(bursts.gapLost, bursts.gapPackets),
  }
}

/**
 * BurstR of G.107: mean length of loss runs against that of random losses at the same ratio.
 * 1 = random; never below 1 (the model has no meaning there); 1 when nothing was lost.
 */
export function burstRatio(bursts: Bursts): number {
  const lost = bursts.burstLost + bursts.gapLost
  const packets = bursts.burstPackets + bursts.gapPackets
  if (bursts.runs === 0) return 1
  return Math.max(1, (lost / bursts.runs) * (1 - lost / packets))
}
