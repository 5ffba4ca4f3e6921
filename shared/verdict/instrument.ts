import type { StreamObservation } from '../record/observation.ts'
import type { HostExcuses } from './leg-judge.ts'

/** Above this share of slots not sent, what was sent is no longer the stream that was promised. */
const WITHHELD_SHARE = 0.01
/** A stream whose late packets are a whole frame late arrives in clumps of its own making. */
const FRAME_MS = 20
/** Small datagrams that the smallest usual socket buffer (212992 bytes) holds, with margin. */
const BUFFERED_PACKETS = 200
/** A stamp taken by the program is late by its wake-up; loaded hosts showed several milliseconds. */
const USER_STAMP_MS = 10
/** Packets until RFC 3550 jitter has forgotten 95 % of one disturbance: (15/16)^48. */
const JITTER_MEMORY = 48

/**
 * Share of the schedule that the instrument did not send, when it is too large to speak of a stream;
 * null when it is not. It voids a pass too: what was not offered cannot be lost, delayed or queued,
 * so this is the one disturbance that flatters the network.
 */
export function withheldShare(o: StreamObservation): number | null {
  const { scheduled, notSent } = o.instrument
  return scheduled > 0 && notSent / scheduled > WITHHELD_SHARE ? notSent / scheduled : null
}

/** Why nothing seen in this window can convict the network; empty when it can. */
export function unfitToConvict(o: StreamObservation): string {
  const { lateness } = o.instrument
  const withheld = withheldShare(o)
  if (withheld !== null) return `${(withheld * 100).toFixed(1)} % of the packets were not sent`
  if (lateness !== null && lateness.p99Ms > FRAME_MS) {
    return `packets left late, p99 ${lateness.p99Ms.toFixed(1)} ms`
  }
  if (mayHaveOverflowedUnseen(o)) return 'a stall may have overflowed a buffer that nothing counts'
  return ''
}

/** Where the platform counts no drops, only a stall can fill the buffer; so long a stall must be. */
function mayHaveOverflowedUnseen(o: StreamObservation): boolean {
  const { receiveOverflows, hostDrops, stalls, worstStallMs } = o.instrument
  if (receiveOverflows !== null || hostDrops !== null) return false
  const waitMs = stalls > 0 ? worstStallMs : FRAME_MS
  return (waitMs / FRAME_MS) * o.calls > BUFFERED_PACKETS
}

/**
 * How much of each figure the hosts may have caused in these windows. A fail must stand without it.
 *
 * Passes need no such look: a dropped, late or late-stamped packet only makes loss, jitter and delay
 * larger (noise independent of the network raises the mean of |D|, never lowers it), and late stamps
 * only widen the offset bounds, so a figure within its limit is within it despite the disturbance.
 */
export function excusesOf(observations: readonly StreamObservation[]): HostExcuses {
  let here = 0
  let reflector = 0
  let delayed = 0
  let margin = 0
  for (const o of observations) {
    const { receiveOverflows, hostDrops, stalls, worstStallMs, capabilities } = o.instrument
    const { reflectorOverflows } = o.instrument
    // The host-wide count includes the drops of our own sockets: the larger, not the sum.
    here += Math.max(receiveOverflows ?? 0, hostDrops ?? 0)
    reflector += reflectorOverflows ?? 0
    delayed += stalls * Math.ceil(worstStallMs / FRAME_MS) * o.calls
    const kernel = capabilities.receiveStamp === 'kernel' && capabilities.transmitStamp === 'kernel'
    if (!kernel) margin = USER_STAMP_MS
  }
  return {
    // What the reflector's host drops never got an answer: that can only be a loss out.
    lost: { out: here + reflector, back: here },
    delay: { packets: delayed, margin },
    jitter: { packets: delayed * JITTER_MEMORY, margin },
  }
}

/** The disturbances of these windows in words, for the detail of a finding. */
export function disturbanceText(observations: readonly StreamObservation[]): string {
  const parts = new Set(observations.map(unfitToConvict).filter((text) => text !== ''))
  const { lost, delay } = excusesOf(observations)
  if (lost.back > 0) parts.add(`this host dropped ${lost.back} packets itself`)
  const far = lost.out - lost.back
  if (far > 0) parts.add(`the reflector's host dropped ${far} packets itself`)
  if (delay.packets > 0) parts.add(`stalls may have delayed ${delay.packets} packets`)
  if (delay.margin > 0) parts.add('stamps were taken by the program, not the kernel')
  return `instrument: ${[...parts].slice(0, 4).join(', ')}`
}
