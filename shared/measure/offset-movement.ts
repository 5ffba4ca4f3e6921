import type { StampPairs } from './stamp-pairs.ts'

/** What counts as the same round trip again. */
const SAME_NS = 1e6
/** Packets of one stream that follow each other within this, each at the shortest round trip ... */
const NEAR_NS = 200e6
/** ... so many in a row ... */
const STILL_PACKETS = 5
/** ... and no farther apart than the fastest slew (chrony's 83 333 ppm) makes them: a still network. */
const FASTEST_SLEW = 0.1

interface Stretch {
  packets: number
  lowNs: number
  highNs: number
}

const nothing = (): Stretch => ({
  packets: 0,
  lowNs: Number.POSITIVE_INFINITY,
  highNs: Number.NEGATIVE_INFINITY,
})

/**
 * How far the offset between two clocks moved in a window, seen in the stamps alone, nanoseconds.
 *
 * Only stretches are looked at in which the network was still: packet after packet of a stream needed
 * its shortest round trip. If one leg got longer there, or from one such stretch to another, by what
 * the other got shorter, then a clock ran or stepped. Streams may take different paths and are never
 * compared. Where the network is never still this sees nothing, and it takes two opposite changes of
 * one path for a clock: good for doubt, not for proof.
 */
export function offsetMovementNs(pairs: StampPairs): number {
  const { sentNs } = pairs
  let most = 0
  let from = 0
  for (let i = 1; i <= sentNs.length; i++) {
    // Streams stand one behind the other, each in the order of sending.
    if (i < sentNs.length && sentNs[i]! >= sentNs[i - 1]!) continue
    most = Math.max(most, movementOf(pairs, from, i))
    from = i
  }
  return most
}

/** The same of one stream: packets `from` to before `to`. */
function movementOf({ sentNs, outNs, backNs }: StampPairs, from: number, to: number): number {
  const all = nothing()
  let leastNs = Number.POSITIVE_INFINITY
  for (let i = from; i < to; i++) leastNs = Math.min(leastNs, outNs[i]! + backNs[i]!)
  let stretch = nothing()
  let atNs = Number.NEGATIVE_INFINITY
  let offsetNs = Number.NaN
  for (let i = from; i < to; i++) {
    if (outNs[i]! + backNs[i]! > leastNs + SAME_NS) continue
    const sinceNs = sentNs[i]! - atNs
    const nowNs = (outNs[i]! - backNs[i]!) / 2
    if (sinceNs > NEAR_NS || Math.abs(nowNs - offsetNs) > SAME_NS + sinceNs * FASTEST_SLEW) {
      widen(all, stretch)
      stretch = nothing()
    }
    stretch.packets += 1
    stretch.lowNs = Math.min(stretch.lowNs, nowNs)
    stretch.highNs = Math.max(stretch.highNs, nowNs)
    atNs = sentNs[i]!
    offsetNs = nowNs
  }
  widen(all, stretch)
  return all.highNs > all.lowNs ? all.highNs - all.lowNs : 0
}

function widen(all: Stretch, by: Stretch): void {
  if (by.packets < STILL_PACKETS) return
  all.lowNs = Math.min(all.lowNs, by.lowNs)
  all.highNs = Math.max(all.highNs, by.highNs)
}
