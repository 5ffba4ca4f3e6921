import * as v from 'valibot'
import { InstrumentSchema } from './instrument.ts'

/**
 * What was seen in one window of one stream: counts, distributions, and the instrument's own error.
 * Never a judgement. Delays are milliseconds; null means "cannot be known", never zero.
 *
 * Everything a verdict needs is here as counts that add, so that windows merge into intervals and a
 * third party can recompute every finding from records alone.
 */
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))
const ms = v.pipe(v.number(), v.finite())
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const word = v.pipe(v.string(), v.minLength(1), v.maxLength(253))

/** Exponential histogram, base 2^(1/8) over microseconds: bucket index -> count; merge is addition. */
export const HistogramSchema = v.strictObject({
  scale: v.literal(3),
  /** Samples of at most 1 microsecond (zero and below included). */
  zero: count,
  /** Index of the first bucket in `counts`; bucket i holds (base^i, base^(i+1)] microseconds. */
  first: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(400)),
  counts: v.pipe(v.array(count), v.maxLength(400)),
})
export type Histogram = v.InferOutput<typeof HistogramSchema>

/** Exact statistics of one window beside the mergeable histogram. `sum` makes means mergeable. */
export const DistributionSchema = v.strictObject({
  n: v.pipe(count, v.minValue(1)),
  min: ms,
  max: ms,
  sum: ms,
  p50: ms,
  p95: ms,
  p99: ms,
  histogram: HistogramSchema,
})
export type Distribution = v.InferOutput<typeof DistributionSchema>

/**
 * One-way delay of a leg. `measured` still contains the offset between the two hosts' clocks; the
 * true delay of every packet lies in [measured - offsetHigh, measured - offsetLow] and within
 * [0, its round trip]. The two counts are exact, per packet, against `limitMs`.
 */
export const DelaySchema = v.strictObject({
  n: v.pipe(count, v.minValue(1)),
  limitMs: ms,
  /** Upper ends: true delay is at most this. */
  atMost: DistributionSchema,
  /** Lower ends: true delay is at least this. */
  atLeast: DistributionSchema,
  /** Packets that may have needed limitMs or more (upper end >= limit). */
  mayReachLimit: count,
  /** Packets that certainly needed limitMs or more (lower end >= limit). */
  mustReachLimit: count,
  /** Delay above the fastest packet, needs no clock at all: queueing (PDV, RFC 5481). */
  aboveMinimum: DistributionSchema,
})
export type Delay = v.InferOutput<typeof DelaySchema>

/** RFC 3550 A.8 jitter, sampled at every packet, in arrival order. */
export const JitterSchema = v.strictObject({
  n: v.pipe(count, v.minValue(1)),
  final: ms,
  limitMs: ms,
  /** Packets at which the running jitter was limitMs or more. */
  reachesLimit: count,
  running: DistributionSchema,
})
export type Jitter = v.InferOutput<typeof JitterSchema>

/** Burst and gap of losses (RFC 3611 section 4.7.2, Gmin 16). */
export const BurstsSchema = v.strictObject({
  bursts: count,
  burstPackets: count,
  burstLost: count,
  gapPackets: count,
  gapLost: count,
  longestRun: count,
  runs: count,
})

export const LossSchema = v.strictObject({
  /** out: packets that left the agent; back: replies that left the reflector. */
  expected: count,
  received: count,
  /** Losses proven to be on this leg. */
  lost: count,
  /** Losses that are on this leg or the other; nothing tells which. */
  unattributed: count,
  late: count,
  duplicated: count,
  reordered: count,
  /** Losses in one-second blocks: bursts make seconds, not packets, the unit of evidence. */
  blocks: v.strictObject({
    seconds: count,
    packets: count,
    packetsSquared: count,
    lostSquared: count,
    lostTimesPackets: count,
  }),
  bursts: v.nullable(BurstsSchema),
})
export type Loss = v.InferOutput<typeof LossSchema>

/** Values seen of a header octet, and how many packets it could not be seen on. */
export const OctetCountsSchema = v.strictObject({
  seen: v.pipe(
    v.array(v.strictObject({ value: v.pipe(count, v.maxValue(255)), packets: count })),
    v.maxLength(256),
  ),
  unseen: count,
})
export type OctetCounts = v.InferOutput<typeof OctetCountsSchema>

/** What left the sender of this leg: the mark it set, and whether the departure was watched. */
export const EgressSchema = v.strictObject({
  tos: v.nullable(v.pipe(count, v.maxValue(255))),
  proof: v.picklist(['watched', 'socket-option', 'none']),
})
export type Egress = v.InferOutput<typeof EgressSchema>

/** E-model rating over the delay interval; information, never a verdict (G.107). */
export const QualitySchema = v.strictObject({
  rLow: ms,
  rHigh: ms,
  mosLow: ms,
  mosHigh: ms,
})

export const LegSchema = v.strictObject({
  loss: LossSchema,
  jitter: v.nullable(JitterSchema),
  delay: v.nullable(DelaySchema),
  tos: OctetCountsSchema,
  ttl: OctetCountsSchema,
  egress: EgressSchema,
  quality: v.nullable(QualitySchema),
})
export type Leg = v.InferOutput<typeof LegSchema>

export const HostClockSchema = v.strictObject({
  synchronised: v.boolean(),
  maxErrorMs: v.nullable(v.pipe(ms, v.minValue(0))),
  source: v.picklist(['adjtimex', 'none']),
  /** Steps of wall against monotonic time in this window. */
  steps: count,
})

/** What is known of reflector clock minus agent clock, and by which rule. */
export const OffsetSchema = v.strictObject({
  lowMs: ms,
  highMs: ms,
  /** `minima`: session minima alone (R5); `minima+clock`: narrowed by the hosts' own bounds (R6). */
  method: v.picklist(['minima', 'minima+clock']),
})

export const ClockFaultSchema = v.picklist([
  /** Stamps contradict causality or the hosts' stated errors: the bounds were not used. */
  'contradiction',
  /** A clock stepped inside the window. */
  'step',
])

/** Causes of gaps in which the far end was asked and no session was to be had. */
export const SESSION_LOST = ['no-session', 'reflector-restart', 'nat-moved'] as const

export const GapSchema = v.strictObject({
  from: instant,
  to: instant,
  cause: v.picklist([
    'no-session',
    'refused',
    'reflector-restart',
    /** The reflector saw the session come from another address or port: a NAT on the way changed it. */
    'nat-moved',
    'agent-start',
    'agent-stop',
    'host-sleep',
    /** The agent itself loaded the way, for a run that was asked of it: covers the whole window. */
    'own-load',
  ]),
})

export const StreamObservationSchema = v.strictObject({
  kind: v.literal('stream'),
  farEnd: v.picklist(['primary', 'secondary']),
  /** Name of the segment whose far border this stream goes to; absent: end to end. */
  segment: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/))),
  /** A step of a capacity run, offered on purpose until the way breaks: it speaks of capacity alone. */
  ramp: v.optional(v.literal(true)),
  peer: v.strictObject({ address: word, port: count }),
  /** Answers under the access key came from here instead of from `peer`: none was counted. */
  answeredFrom: v.optional(v.strictObject({ address: word, port: count })),
  /** What the reflector that answered drew when it started: one process, at whatever address. */
  reflectorBoot: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/))),
  path: v.picklist(['MPLS', 'RVA', 'Internet']),
  codec: v.picklist(['g711', 'g729']),
  ptimeMs: v.literal(20),
  calls: v.pipe(count, v.minValue(1)),
  dscp: v.pipe(count, v.maxValue(63)),
  /** Wall-clock borders of what this covers, milliseconds since 1970. */
  from: instant,
  to: instant,
  instrument: InstrumentSchema,
  /** How losses got their leg: the reflector's receipt, or the counts in replies alone. */
  attribution: v.picklist(['receipt', 'replies', 'none']),
  /** Receipts that contradicted themselves or what came back, and so were not used; absent: none. */
  contradictedReceipts: v.optional(v.pipe(count, v.minValue(1))),
  legs: v.strictObject({ out: LegSchema, back: LegSchema }),
  /**
   * Jitter out against the stamps inside the packets, clocks as they stood: of every packet that arrived,
   * as the reflector's receipt says; where that does not say, of those that were answered. Where it lies
   * across the limit from `legs.out.jitter`, the sending host held packets.
   * Left out by early builds: jitter then rests on the agent's word.
   */
  stampedJitter: v.optional(v.nullable(JitterSchema)),
  /** Round trip less the reflector's dwell. */
  rtt: v.nullable(DistributionSchema),
  /** Round trips of at least the delay limit, and of at least twice the limit (R1, R2). */
  rttReachesLimit: count,
  rttReachesTwiceLimit: count,
  clocks: v.strictObject({
    agent: HostClockSchema,
    reflector: v.nullable(HostClockSchema),
    offset: v.nullable(OffsetSchema),
    fault: v.nullable(ClockFaultSchema),
  }),
  gaps: v.pipe(v.array(GapSchema), v.maxLength(64)),
})
export type StreamObservation = v.InferOutput<typeof StreamObservationSchema>
