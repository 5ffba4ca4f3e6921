import * as v from 'valibot'

/**
 * What TTL-limited probes saw of the way to one far end. Replies of routers are control plane: they
 * localise a change of mark or of MTU and never prove loss or delay.
 */
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000))
const ms = v.pipe(v.number(), v.finite(), v.minValue(0))
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const hopNumber = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64))
const dscp = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(63))
const address = v.pipe(v.string(), v.minLength(2), v.maxLength(64))
const label = v.pipe(v.string(), v.minLength(1), v.maxLength(253))
const octet = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))

const rtt = v.strictObject({ minMs: ms, p50Ms: ms, p95Ms: ms, maxMs: ms })

export const HopSchema = v.strictObject({
  ttl: hopNumber,
  /** Routers that answered at this distance, most frequent first; several mean parallel paths. */
  addresses: v.pipe(v.array(address), v.maxLength(4)),
  /** Who owns the first of them, by the site file. */
  owner: v.optional(label),
  sent: count,
  answered: count,
  rtt: v.nullable(rtt),
  /** Marks on the probes as they came to this hop; empty where no answer quoted a header. */
  dscp: v.pipe(v.array(v.strictObject({ value: dscp, replies: count })), v.maxLength(8)),
  /** ICMP unreachable of this hop for what it should have forwarded. */
  refusal: v.optional(v.strictObject({ code: octet, filter: v.boolean() })),
})
export type Hop = v.InferOutput<typeof HopSchema>

/** An end of a stretch of the path: a hop, or the host at either end. */
const borderSchema = v.strictObject({
  /** 0 is this host; null is the far end itself. */
  ttl: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(64))),
  address: v.nullable(address),
  owner: v.optional(label),
})
export type Border = v.InferOutput<typeof borderSchema>

/** The mark was `from` at the last hop that still had it, and `to` at the first that had another. */
export const MarkChangeSchema = v.strictObject({
  from: dscp,
  to: dscp,
  after: borderSchema,
  at: borderSchema,
})
export type MarkChange = v.InferOutput<typeof MarkChangeSchema>

export const PathObservationSchema = v.strictObject({
  kind: v.literal('path'),
  farEnd: v.picklist(['primary', 'secondary']),
  peer: v.strictObject({ address, port: v.pipe(count, v.maxValue(65_535)) }),
  from: instant,
  to: instant,
  /** `raw`: ICMP read whole; `returned`: without privilege, so no mark is seen; `none`: not looked. */
  method: v.picklist(['raw', 'returned', 'none']),
  /** Why nothing was looked at; empty where something was. */
  obstacle: v.pipe(v.string(), v.maxLength(253)),
  dscp,
  /** Own mark watched leaving this host; null where that cannot be watched. */
  left: v.nullable(dscp),
  hops: v.pipe(v.array(HopSchema), v.maxLength(32)),
  /** Whether the far end itself answered, and its distance, mark on arrival, and mark of its answers. */
  reached: v.boolean(),
  distance: v.nullable(hopNumber),
  arrived: v.nullable(dscp),
  returned: v.nullable(dscp),
  sent: count,
  answered: count,
  changes: v.pipe(v.array(MarkChangeSchema), v.maxLength(8)),
  /**
   * Large probes that may not be fragmented: the largest size in octets that passed the stretch, or
   * the MTU that a router named. Null where none was found.
   */
  mtu: v.nullable(
    v.strictObject({
      octets: v.pipe(count, v.maxValue(65_535)),
      /** `named`: a router said so; `silent`: large probes vanish where small ones pass. */
      how: v.picklist(['named', 'silent']),
      /** MTU a router named; null where it was silent. */
      nextHop: v.nullable(v.pipe(count, v.maxValue(65_535))),
      after: borderSchema,
      at: borderSchema,
    }),
  ),
  /** Other ways taken by probes from other source ports (ECMP), beside the one above. */
  spread: v.optional(
    v.pipe(
      v.array(
        v.strictObject({ ttl: hopNumber, addresses: v.pipe(v.array(address), v.maxLength(8)) }),
      ),
      v.maxLength(32),
    ),
  ),
  /** Hops that were another address when the path was looked at before. */
  moved: v.optional(
    v.pipe(
      v.array(v.strictObject({ ttl: hopNumber, before: address, now: address })),
      v.maxLength(32),
    ),
  ),
})
export type PathObservation = v.InferOutput<typeof PathObservationSchema>
