import * as v from 'valibot'

const count = v.pipe(v.string(), v.regex(/^(0|[1-9][0-9]{0,15})$/, 'a whole number'))
const name = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/))

/** Sizes of the log; `to` left out: the newest checkpoint's. */
export const ConsistencyQuery = v.strictObject({ from: count, to: v.optional(count) })
export const ProofQuery = v.strictObject({
  site: name,
  agent: name,
  boot: v.pipe(v.string(), v.uuid()),
  sequence: count,
})
/** A level of hashes: no log here has more than seven. */
export const TileParams = v.strictObject({
  level: v.pipe(v.string(), v.regex(/^(0|[1-9]|[1-5][0-9]|6[0-3])$/)),
  '*': v.pipe(v.string(), v.maxLength(40)),
})
export const EntriesParams = v.strictObject({ '*': v.pipe(v.string(), v.maxLength(40)) })

export const LedgerAnswer = v.strictObject({
  /** Origin of the checkpoints, and the key they are verified with (C2SP signed-note). */
  origin: v.string(),
  vkey: v.string(),
  /** Leaves; records that wait for their place. */
  size: v.number(),
  unsequenced: v.number(),
  checkpoint: v.nullable(v.strictObject({ size: v.number(), at: v.string() })),
  /** Why the log stands still; null when it does not. */
  fault: v.nullable(v.strictObject({ found: v.string(), repair: v.string() })),
  /** Agents of sites that you see whose newest record names a head that is not in this log. */
  conflicts: v.array(
    v.strictObject({
      site: v.string(),
      agent: v.string(),
      what: v.string(),
      size: v.number(),
      since: v.string(),
    }),
  ),
})
export const ConsistencyAnswer = v.strictObject({
  origin: v.string(),
  from: v.number(),
  to: v.number(),
  /** RFC 6962 section 2.1.2, base64 of 32 octets each. */
  hashes: v.array(v.string()),
})
