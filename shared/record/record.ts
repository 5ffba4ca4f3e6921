import * as v from 'valibot'
import { ObservationSchema } from './kinds.ts'
import { StreamEvidenceSchema } from './receipt.ts'

/**
 * What an agent sends: the observations of one minute in one envelope. Records of an agent chain by
 * `previous`, so that a deleted hour shows. The envelope is DSSE: the payload bytes as sent are what
 * is signed. An agent that never enrolled has no key: `signatures` is empty, its bearer token vouches
 * to the collector, and nothing is proven to anybody else.
 */
const hex64 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const name = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/))
const lineId = v.pipe(v.string(), v.regex(/^[A-Z]{2,6}(-[A-Z]{2,4})?-[0-9A-Z]{1,3}$/))
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

/** Who asked for a run at the agent's own machine, and when: that machine's word, like all of its record. */
const EnteredSchema = v.strictObject({
  /** The account there. */
  by: v.pipe(v.string(), v.regex(/^[!-~]{1,64}$/)),
  at: instant,
})

/**
 * A run that was asked of the agent, and which part of what it saw this record carries. Such a record
 * is of no minute: its window is the time of the run, and its streams are no minute's voice.
 */
export const RunPartSchema = v.strictObject({
  id: v.pipe(v.string(), v.uuid()),
  kind: v.picklist(['check', 'ports', 'path', 'media', 'capacity', 'qos']),
  /** Through the collector, or by somebody at the agent's machine. */
  by: v.picklist(['collector', 'operator']),
  entered: v.optional(EnteredSchema),
  /** The lines of the profile that it was asked for; left out: all that its kind looks at. */
  lines: v.optional(v.pipe(v.array(lineId), v.minLength(1), v.maxLength(100))),
  /** When it began and ended, milliseconds since 1970 by the agent's clock. */
  from: instant,
  to: instant,
  /** `lost`: what it saw, or some of it, is in no record. */
  outcome: v.picklist(['done', 'cancelled', 'lost']),
  /**
   * Why it is in no record: the agent ended before it was written, the run itself failed, the profile
   * changed meanwhile, or it is too large.
   */
  lost: v.optional(v.picklist(['agent-ended', 'failed', 'profile-changed', 'too-large'])),
  part: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16)),
  parts: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16)),
})
export type RunPart = v.InferOutput<typeof RunPartSchema>

export const SeenCheckpointSchema = v.strictObject({
  origin: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  size: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
  /** Root hash, base64 of 32 octets. */
  root: v.pipe(v.string(), v.base64(), v.length(44)),
})
export type SeenCheckpoint = v.InferOutput<typeof SeenCheckpointSchema>

/** A checkpoint as the log signed it (C2SP signed-note), without the lines of witnesses. */
const note = v.pipe(v.string(), v.minLength(1), v.maxLength(1200))

/** What an agent holds against the log: two heads that the log signed and that do not go together. */
export const ForkSchema = v.strictObject({
  /**
   * `two-roots`: one size, two contents; the two notes alone prove it. `unproven`: a larger log that
   * was not shown to begin with the kept one. `rolled-back`: a smaller one, not shown to be its beginning.
   */
  kind: v.picklist(['two-roots', 'unproven', 'rolled-back']),
  kept: note,
  shown: note,
  /** When it was noticed, milliseconds since 1970 by the agent's clock. */
  noticedMs: instant,
})
export type Fork = v.InferOutput<typeof ForkSchema>

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
  /** The agent's clocks over the window: a step of the wall clock shows against the other. */
  clock: v.optional(
    v.strictObject({
      /** Monotonic clock at both borders, milliseconds since its boot's arbitrary start. */
      monotonicFromMs: v.pipe(v.number(), v.finite(), v.minValue(0)),
      monotonicToMs: v.pipe(v.number(), v.finite(), v.minValue(0)),
      synchronised: v.boolean(),
      maxErrorMs: v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0))),
      source: v.picklist(['adjtimex', 'none']),
    }),
  ),
  /** The newest checkpoint that the agent has verified: this record was not made before it. */
  seen: v.optional(SeenCheckpointSchema),
  /** Stands in every record from when it was noticed until the log has been shown to be one again. */
  fork: v.optional(ForkSchema),
  observations: v.pipe(v.array(ObservationSchema), v.maxLength(64)),
  /** Receipts and digests that stand behind the streams above. */
  evidence: v.optional(v.pipe(v.array(StreamEvidenceSchema), v.maxLength(64))),
  /**
   * The observations besides streams belong to this round of the agent's own schedule. A round that is
   * too large for one record goes in parts, a record each.
   */
  round: v.optional(RoundSchema),
  /** All observations belong to this run; never beside `round`. Old collectors refuse it. */
  run: v.optional(RunPartSchema),
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
