import * as v from 'valibot'

/**
 * What only this customer knows: addresses, ranges, call counts, labels. A value that is not given
 * makes the lines that need it `not-tested: needs-site-value`; nothing is guessed.
 */
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(253))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))

export const FarEndSchema = v.strictObject({
  /** Address or name of the reflector that stands in for this data centre. */
  reflector: text,
  port: v.optional(port, 4000),
  /** Access key `id:secret`, or the name of a file that holds it. */
  key: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,32}:[A-Za-z0-9+/=_-]{22,128}$/))),
  keyFile: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(4096))),
  /** Who runs the circuit to it, and what kind it is (every result carries it). */
  path: v.optional(v.picklist(['MPLS', 'RVA', 'Internet']), 'MPLS'),
  circuitProvider: v.optional(text),
})
export type FarEndSite = v.InferOutput<typeof FarEndSchema>

export const SiteSchema = v.strictObject({
  format: v.literal('voip-ready/site/1'),
  site: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/)),
  /** Profile id (looked up in config/profiles) or a path to a profile file. */
  profile: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
  farEnds: v.strictObject({
    primary: v.optional(FarEndSchema),
    secondary: v.optional(FarEndSchema),
  }),
  /** Busy-hour simultaneous calls on this site's voice path. */
  peakCalls: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000))),
  rtpPorts: v.optional(v.tuple([port, port])),
  dnsZone: v.optional(text),
  searchDomain: v.optional(text),
  primaryServer: v.optional(v.pipe(v.string(), v.ip())),
  voiceVlan: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4095))),
  localAddress: v.optional(v.pipe(v.string(), v.ip())),
})
export type Site = v.InferOutput<typeof SiteSchema>

export type FarEndName = 'primary' | 'secondary'
