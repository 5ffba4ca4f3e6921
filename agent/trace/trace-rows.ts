import type { IcmpError } from '../../shared/wire/icmp.ts'
import { checksumMatches, type Flow, quotedSequence, writeTraceProbe } from './probe-packet.ts'
import type { ProbeShape, TraceAnswer, TraceRow } from './types.ts'

export const MAX_PROBES = 20_000
/** A short quote is looked for among so many of the newest probes, sent within so long. */
const SHORT_QUOTE_PROBES = 64
const SHORT_QUOTE_NS = 2e9

/** The probes to one far end, and what came back for each. Their index is their sequence. */
export class TraceRows {
  readonly rows: TraceRow[] = []
  readonly #sentNs = new Float64Array(MAX_PROBES).fill(Number.NaN)
  readonly #headers: number

  /** @param headers octets of IP and UDP header of this family */
  constructor(headers: number) {
    this.#headers = headers
  }

  get full(): boolean {
    return this.rows.length >= MAX_PROBES
  }

  /** Nothing that was sent lately is still without an answer. */
  get complete(): boolean {
    return this.rows.slice(-SHORT_QUOTE_PROBES).every((row) => row.answer !== null || row.notSent)
  }

  /** Makes the row of the next probe; returns its sequence. */
  add(shape: ProbeShape, ttl: number, octets: number): number {
    this.rows.push({ shape, ttl, octets, answer: null, notSent: false })
    return this.rows.length - 1
  }

  sent(sequence: number, stampNs: number): void {
    this.#sentNs[sequence] = stampNs
  }

  notSent(sequence: number): void {
    const row = this.rows[sequence]
    if (row !== undefined) row.notSent = true
  }

  /** Puts the first answer into its row and returns it; undefined where it answers nothing new. */
  answer(
    sequence: number,
    stampNs: number,
    answer: Omit<TraceAnswer, 'rttMs'>,
  ): TraceRow | undefined {
    const row = this.rows[sequence]
    if (row === undefined || row.answer !== null) return undefined
    const rttNs = stampNs - (this.#sentNs[sequence] ?? Number.NaN)
    row.answer = { ...answer, rttMs: rttNs >= 0 ? rttNs / 1e6 : null }
    return row
  }

  /** The probe that an error quotes; -1 for another's. `mine` says whether ports and address fit. */
  sequenceOf({ quoted }: IcmpError, flow: Flow, mine: boolean, nowNs: number): number {
    const sequence = quotedSequence(quoted.payload, flow)
    if (sequence >= 0) return sequence < this.rows.length ? sequence : -1
    // RFC 792 asks for eight octets only: then the checksum alone tells which it was.
    if (quoted.payload.length > 0 || !mine) return -1
    const oldest = Math.max(0, this.rows.length - SHORT_QUOTE_PROBES)
    for (let i = this.rows.length - 1; i >= oldest; i--) {
      if (nowNs - (this.#sentNs[i] ?? 0) > SHORT_QUOTE_NS) return -1
      const length = (this.rows[i]?.octets ?? 0) - this.#headers
      if (length + 8 !== quoted.udpLength) continue
      const payload = new Uint8Array(length)
      writeTraceProbe(new DataView(payload.buffer), 0, length, flow, i)
      if (checksumMatches(quoted, payload)) return i
    }
    return -1
  }
}
