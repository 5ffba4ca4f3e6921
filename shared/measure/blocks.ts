import type { Loss } from '../record/observation.ts'

/** Packets and losses of one leg, second by second; calls of the same second share one block. */
export interface BlockTally {
  readonly seconds: Map<number, { packets: number; lost: number }>
}

export function emptyBlocks(): BlockTally {
  return { seconds: new Map() }
}

/** Counts one packet of the second (whole seconds since 1970) in which it was due. */
export function addToBlock(tally: BlockTally, second: number, packets: number, lost: number): void {
  const block = tally.seconds.get(second)
  if (block === undefined) tally.seconds.set(second, { packets, lost })
  else {
    block.packets += packets
    block.lost += lost
  }
}

/**
 * Adds lost packets whose second cannot be known to the second that lost most: that can only make
 * losses look more bunched, and so bounds wider.
 */
export function addToWorstBlock(tally: BlockTally, lost: number): void {
  let worst = { packets: 0, lost: 0 }
  if (tally.seconds.size === 0) tally.seconds.set(0, worst)
  for (const block of tally.seconds.values()) if (block.lost >= worst.lost) worst = block
  worst.packets += lost
  worst.lost += lost
}

/** The sums a ratio estimator needs; they add across windows. */
export function sumBlocks(tally: BlockTally): Loss['blocks'] {
  const sums = {
    seconds: tally.seconds.size,
    packets: 0,
    packetsSquared: 0,
    lostSquared: 0,
    lostTimesPackets: 0,
  }
  for (const { packets, lost } of tally.seconds.values()) {
    sums.packets += packets
    sums.packetsSquared += packets * packets
    sums.lostSquared += lost * lost
    sums.lostTimesPackets += lost * packets
  }
  return sums
}
