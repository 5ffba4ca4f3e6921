import * as v from 'valibot'
import { HostClockSchema, OctetCountsSchema } from './observation.ts'

/**
 * The reflector's half of a window: what it received and saw, from its own arrivals and against its
 * own clock, signed with its own key. Neither side can make up a minute alone. Milliseconds, as in
 * observations; `delay` still contains the offset between the two clocks.
 */
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))
const ms = v.pipe(v.number(), v.finite())
const instant = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(8.64e15))

export const RECEIPT_PAYLOAD_TYPE = 'application/vnd.voip-ready.receipt+json'

/** A statistic of many packets without its histogram: a receipt must fit a datagram or few. */
const figures = { n: count, min: ms, max: ms, sum: ms, p50: ms, p95: ms, p99: ms } as const
const spread = v.strictObject(figures)

/** SHA-256 over the raw rows of a window, in the layout of shared/measure/raw-rows.ts. */
export const RowsDigestSchema = v.strictObject({
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  rows: count,
})

export const ReceiptStatementSchema = v.strictObject({
  format: v.literal('voip-ready/receipt/1'),
  reflector: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{0,62}$/)),
  /** Session id, eight octets, and its SSRC of call 0: no receipt serves for another session. */
  session: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  /** SHA-256 of this session's statement before it; null: the first. So one signature proves a run. */
  previous: v.optional(v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)))),
  ssrc: v.pipe(count, v.maxValue(0xffffffff)),
  /** Where the packets came from, as the reflector saw it (behind a NAT: the NAT's address). */
  peer: v.strictObject({ address: v.pipe(v.string(), v.maxLength(64)), port: count }),
  /** Sequence ranges of the window, one a stream: `[stream, first, count]`. */
  ranges: v.pipe(v.array(v.tuple([count, count, count])), v.minLength(1), v.maxLength(64)),
  /** Of each range, how many streams from that one on have it alike; left out: one. */
  streams: v.optional(
    v.pipe(v.array(v.pipe(count, v.minValue(1))), v.minLength(1), v.maxLength(64)),
  ),
  /** First and last arrival by the reflector's clock, milliseconds since 1970; null: none arrived. */
  firstArrival: v.nullable(instant),
  lastArrival: v.nullable(instant),
  /** When it was signed, by the reflector's clock; only where no arrival tells when it was. */
  at: v.optional(instant),
  expected: count,
  received: count,
  duplicated: count,
  reordered: count,
  replied: count,
  /** RFC 3550 A.8 over its arrivals, and arrival less the sender's stamp; null: too few, or not kept. */
  jitter: v.nullable(
    v.strictObject({
      ...figures,
      /** Samples that reach 1, 2, 3 ms and so on; left out by early builds. */
      reached: v.optional(v.pipe(v.array(count), v.maxLength(100))),
    }),
  ),
  delay: v.nullable(spread),
  tos: OctetCountsSchema,
  ttl: OctetCountsSchema,
  clock: HostClockSchema,
  rows: v.nullable(RowsDigestSchema),
  version: v.pipe(v.string(), v.maxLength(64)),
})
export type ReceiptStatement = v.InferOutput<typeof ReceiptStatementSchema>

/** A signed receipt: DSSE over the statement's exact bytes. */
export const SignedReceiptSchema = v.strictObject({
  payloadType: v.literal(RECEIPT_PAYLOAD_TYPE),
  payload: v.pipe(v.string(), v.base64(), v.maxLength(8192)),
  signatures: v.tuple([
    v.strictObject({
      keyid: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
      sig: v.pipe(v.string(), v.base64(), v.length(88)),
    }),
  ]),
})
export type SignedReceipt = v.InferOutput<typeof SignedReceiptSchema>

/** What stands behind one stream observation of a record besides the agent's own word. */
export const StreamEvidenceSchema = v.strictObject({
  farEnd: v.picklist(['primary', 'secondary']),
  segment: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/))),
  /** Borders of the observation that this belongs to. */
  from: v.pipe(v.number(), v.integer(), v.minValue(0)),
  to: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Which stream of the look under load it belongs to; left out: it is of a stream that stands alone. */
  qos: v.optional(
    v.picklist(['before-marked', 'before-plain', 'loaded-marked', 'loaded-plain', 'load']),
  ),
  /** The agent's own raw rows; null: none kept. */
  rows: v.nullable(RowsDigestSchema),
  receipts: v.pipe(v.array(SignedReceiptSchema), v.maxLength(4)),
  /**
   * Why there is no receipt: the record is one-sided then, and says so. `forgotten`: when it could be
   * asked, the reflector no longer remembered so long ago.
   */
  oneSided: v.nullable(
    v.picklist(['no-session', 'not-offered', 'no-answer', 'too-large', 'forgotten']),
  ),
})
export type StreamEvidence = v.InferOutput<typeof StreamEvidenceSchema>
