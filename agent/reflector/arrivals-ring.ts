import type { ArrivalRows } from '../../shared/measure/raw-rows.ts'

/** Sequence numbers whose arrival is kept per stream: 164 s of a call; a power of two. */
const RING = 8192
/** Only sessions of so few streams are kept row by row; larger ones are counted. */
export const MOST_STREAMS_WITH_ROWS = 16
/** Octets that one stream costs. */
export const RING_BYTES = RING * (4 + 8 + 8 + 8 + 2 + 2)

/** First arrivals of a session's streams, packet by packet: typed arrays, nothing allocated per packet. */
export class ArrivalsRing {
  readonly #sequence: Float64Array
  readonly #sentNs: Float64Array
  readonly #arrivedNs: Float64Array
  readonly #order: Float64Array
  readonly #tos: Int16Array
  readonly #ttl: Int16Array
  readonly #arrivals: Float64Array
  readonly #highest: Float64Array

  constructor(streams: number) {
    const size = streams * RING
    this.#sequence = new Float64Array(size).fill(-1)
    this.#sentNs = new Float64Array(size)
    this.#arrivedNs = new Float64Array(size)
    this.#order = new Float64Array(size)
    this.#tos = new Int16Array(size)
    this.#ttl = new Int16Array(size)
    this.#arrivals = new Float64Array(streams)
    this.#highest = new Float64Array(streams).fill(-1)
  }

  /** Keeps one arrival; a second one of the same packet, or one that is too old, changes nothing. */
  keep(
    stream: number,
    sequence: number,
    sentNs: number,
    arrivedNs: number,
    tos: number,
    ttl: number,
  ): void {
    const highest = this.#highest[stream]!
    const at = stream * RING + (sequence & (RING - 1))
    if (sequence > highest) this.#highest[stream] = sequence
    else if (sequence <= highest - RING || this.#sequence[at] === sequence) return
    this.#sequence[at] = sequence
    this.#sentNs[at] = sentNs
    this.#arrivedNs[at] = arrivedNs
    this.#order[at] = this.#arrivals[stream]!
    this.#arrivals[stream]! += 1
    this.#tos[at] = tos
    this.#ttl[at] = ttl
  }

  /** The rows of a range in whole nanoseconds, as they are written; null where part of it is no longer kept. */
  rows(baseSeconds: number, stream: number, first: number, count: number): ArrivalRows | null {
    if (count > RING || first <= this.#highest[stream]! - RING) return null
    const rows = {
      ...{ baseSeconds, stream, firstSequence: first, count },
      sentNs: new Float64Array(count).fill(Number.NaN),
      arrivedNs: new Float64Array(count).fill(Number.NaN),
      order: new Float64Array(count).fill(-1),
      tos: new Int16Array(count).fill(-1),
      ttl: new Int16Array(count).fill(-1),
    }
    for (let i = 0; i < count; i++) {
      const at = stream * RING + ((first + i) & (RING - 1))
      if (this.#sequence[at] !== first + i) continue
      rows.sentNs[i] = Math.round(this.#sentNs[at]!)
      rows.arrivedNs[i] = Math.round(this.#arrivedNs[at]!)
      rows.order[i] = this.#order[at]!
      rows.tos[i] = this.#tos[at]!
      rows.ttl[i] = this.#ttl[at]!
    }
    return rows
  }
}
