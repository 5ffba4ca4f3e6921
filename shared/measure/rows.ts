/**
 * One window of one stream, packet by packet: what every measure in this folder reads.
 *
 * Index i is the packet of extended sequence `firstSequence + i`, whether or not it was sent,
 * answered or heard of again. Times are nanoseconds since `baseSeconds` (see clock.ts). The agent's
 * stamps are taken on its wall clock *with steps inside the window removed*, so differences between
 * two of them are true durations. NaN stands for "did not happen or cannot be known": arithmetic
 * carries it, and every measure skips and counts it; nothing turns it into a zero.
 */
export interface StreamRows {
  readonly baseSeconds: number
  readonly firstSequence: number
  readonly count: number
  /** When the schedule wanted it sent. */
  readonly dueNs: Float64Array
  /** T1: left the agent; NaN = not sent. */
  readonly sentNs: Float64Array
  /** The stamp inside the packet, on the wall clock as it stood: made before T1; NaN = not kept. */
  readonly stampedNs: Float64Array
  /** T2: arrived at the reflector; NaN = no reply told us. */
  readonly reachedNs: Float64Array
  /** T3 - T2: time inside the reflector; NaN = not told. */
  readonly dwellNs: Float64Array
  /** T4: the first reply came back; NaN = none did. */
  readonly returnedNs: Float64Array
  /** The reflector's own count of the first reply (RTP sequence, extended); -1 = no reply. */
  readonly replySequence: Int32Array
  /** TOS byte and TTL as seen at the reflector (out) and here (back); -1 = not seen. */
  readonly tosOut: Int16Array
  readonly ttlOut: Int16Array
  readonly tosBack: Int16Array
  readonly ttlBack: Int16Array
  /** Order in which first replies arrived here: 0, 1, 2 ...; -1 = no reply. */
  readonly arrivalOrder: Int32Array
  /** Further replies with the same reply sequence: duplicated on the way back. */
  readonly duplicatesBack: Uint16Array
  /** Further replies with another reply sequence: duplicated on the way out. */
  readonly duplicatesOut: Uint16Array
}

/**
 * The reflector's half of a window: what it received and answered of `count` sequence numbers from
 * `firstSequence` on. With it every loss has its leg; without it only what replies prove.
 */
export interface ReceiptCounts {
  readonly firstSequence: number
  readonly count: number
  /** Distinct sequence numbers received. */
  readonly received: number
  /** Arrivals beyond the first of a sequence number. */
  readonly duplicates: number
  /** First arrivals with a lower sequence than one already received. */
  readonly reordered: number
  /** Replies that left the reflector (first arrivals and duplicates both are answered). */
  readonly replied: number
  /** Bit i (most significant first) = sequence `firstSequence + i` was received. */
  readonly receivedBitmap: Uint8Array
}

/** Makes an empty window: nothing sent, nothing known. */
export function emptyRows(baseSeconds: number, firstSequence: number, count: number): StreamRows {
  const nan = () => new Float64Array(count).fill(Number.NaN)
  const unseen = () => new Int16Array(count).fill(-1)
  return {
    baseSeconds,
    firstSequence,
    count,
    dueNs: nan(),
    sentNs: nan(),
    stampedNs: nan(),
    reachedNs: nan(),
    dwellNs: nan(),
    returnedNs: nan(),
    replySequence: new Int32Array(count).fill(-1),
    tosOut: unseen(),
    ttlOut: unseen(),
    tosBack: unseen(),
    ttlBack: unseen(),
    arrivalOrder: new Int32Array(count).fill(-1),
    duplicatesBack: new Uint16Array(count),
    duplicatesOut: new Uint16Array(count),
  }
}
