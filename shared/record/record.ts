import * as v from 'valibot'
import { ObservationSchema } from './kinds.ts'

/**
 * What an agent sends: the observations of one minute in one envelope. Records of an agent chain by
 * `previous`, so that a deleted hour shows. The envelope is DSSE: the payload bytes as sent are what
 * is signed; until agents enrol with keys `signatures` is empty and the bearer token vouches.
 */
const hex64 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const name = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/))
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))

/** One look at everything besides voice, as an agent takes it again and again. */
export const RoundSchema = v.strictObject({
  startedMs: instant,
  part: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16)),
  parts: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16)),
  /** Milliseconds from one round to the next; what was seen holds for twice that. */
  everyMs: v.pipe(v.number(), v.integer(), v.minValue(60_000), v.maxValue(12 * 3_600_000)),
})
export type RoundPart = v.InferOutput<typeof RoundSchema>

export const RecordSchema = v.strictObject({
  format: v.literal('voip-ready/record/1'),
  site: name,
  agent: name,
  /** Changes at every start of the agent. */
  boot: v.pipe(v.string(), v.uuid()),
  /** From 1 within a boot, never reused. */
  sequence: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER)),
  /** SHA-256 of the previous record's payload bytes; null for the very first of this agent. */
  previous: v.nullable(hex64),
  tool: v.strictObject({
    name: v.literal('voip-ready'),
    version: v.pipe(v.string(), v.maxLength(64)),
  }),
  profile: v.strictObject({
    id: v.pipe(v.string(), v.maxLength(63)),
    version: v.pipe(v.string(), v.maxLength(32)),
    sha256: hex64,
  }),
  /** Wall-clock window, milliseconds since 1970, and its monotonic length. */
  window: v.strictObject({
    from: instant,
    to: instant,
    monotonicMs: v.pipe(v.number(), v.finite(), v.minValue(0)),
  }),
  observations: v.pipe(v.array(ObservationSchema), v.maxLength(64)),
  /**
   * The observations besides streams belong to this round of the agent's own schedule. A round that is
   * too large for one record goes in parts, a record each.
   */
  round: v.optional(RoundSchema),
  /** Windows that could not be kept since the record before this one (full spool, failing disk). */
  dropped: v.optional(
    v.strictObject({
      windows: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1e9)),
      from: instant,
      to: instant,
      cause: v.picklist(['spool-full', 'disk-error']),
    }),
  ),
})
export type AgentRecord = v.InferOutput<typeof RecordSchema>

export const RECORD_PAYLOAD_TYPE = 'application/vnd.voip-ready.record+json'

export const EnvelopeSchema = v.strictObject({
  payloadType: v.literal(RECORD_PAYLOAD_TYPE),
  /** Base64 of the payload's exact bytes. */
  payload: v.pipe(v.string(), v.base64(), v.maxLength(65_000)),
  signatures: v.pipe(
    v.array(
      v.strictObject({
        keyid: v.pipe(v.string(), v.maxLength(128)),
        sig: v.pipe(v.string(), v.base64(), v.maxLength(128)),
      }),
    ),
    v.maxLength(4),
  ),
})
export type Envelope = v.InferOutput<typeof EnvelopeSchema>
