import * as v from 'valibot'

/** What an agent's engine could do and how well it did it: the error of the instrument itself. */
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))
const ms = v.pipe(v.number(), v.finite())

export const CapabilitiesSchema = v.strictObject({
  engine: v.picklist(['linux', 'dgram']),
  setTos: v.boolean(),
  seeTos: v.boolean(),
  seeTtl: v.boolean(),
  receiveStamp: v.picklist(['kernel', 'user']),
  transmitStamp: v.picklist(['kernel', 'user']),
  scheduling: v.picklist(['fifo', 'nice', 'normal']),
  seeEgress: v.boolean(),
  rawIcmp: v.boolean(),
})

/** The instrument's own error: when it was bad, the window is inconclusive, never failed. */
export const InstrumentSchema = v.strictObject({
  capabilities: CapabilitiesSchema,
  scheduled: count,
  sent: count,
  notSent: count,
  lateness: v.nullable(v.strictObject({ p50Ms: ms, p99Ms: ms, maxMs: ms })),
  receiveOverflows: v.nullable(count),
  hostDrops: v.nullable(count),
  /** Datagrams that the kernel dropped at the reflector's socket; null = it did not say. */
  reflectorOverflows: v.nullable(count),
  stalls: count,
  worstStallMs: ms,
  stampsMissing: count,
  leftRealTime: v.boolean(),
})
