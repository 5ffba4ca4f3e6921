import * as v from 'valibot'
import { DnsAnswerSchema } from './dns.ts'

/**
 * What DHCP servers said to a client that takes no lease: every server's answer apart, with its
 * options as the bytes that came (hexadecimal), and what became of the addresses they name.
 */
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e6))
const octet = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const address = v.pipe(v.string(), v.minLength(2), v.maxLength(64))
const word = v.pipe(v.string(), v.maxLength(253))
const ms = v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0)))

/** Octets of one option that a record keeps; a longer one is cut, and says so. */
export const OPTION_OCTETS = 255

export const DhcpMethodSchema = v.picklist(['inform-broadcast', 'inform-unicast', 'discover'])
export type DhcpMethod = v.InferOutput<typeof DhcpMethodSchema>

export const DhcpAttemptSchema = v.strictObject({
  method: DhcpMethodSchema,
  to: address,
  /** Times the message left. */
  sent: count,
  /** What the system said when it did not; empty when it did. */
  problem: word,
})
export type DhcpAttempt = v.InferOutput<typeof DhcpAttemptSchema>

export const DhcpOptionSchema = v.strictObject({
  code: octet,
  /** The value's octets, small hexadecimal digits. */
  hex: v.pipe(v.string(), v.regex(/^([0-9a-f]{2})*$/), v.maxLength(2 * OPTION_OCTETS)),
  /** Octets that were not kept. */
  cut: count,
})
export type DhcpOption = v.InferOutput<typeof DhcpOptionSchema>

export const DhcpReplySchema = v.strictObject({
  /** Who the server says it is (option 54), else where the answer came from. */
  server: address,
  /** Where the answer came from: the server itself, or a relay. */
  source: address,
  method: DhcpMethodSchema,
  type: v.picklist(['offer', 'ack']),
  /** Address on offer, never taken; null in answers to INFORM. */
  offered: v.nullable(address),
  /** The options that lines or later probes look at. */
  options: v.pipe(v.array(DhcpOptionSchema), v.maxLength(24)),
  /** Codes of all options that came. */
  codes: v.pipe(v.array(octet), v.maxLength(64)),
  /** Header fields `sname` and `file`, which are not options 66 and 67. */
  serverName: word,
  bootFile: word,
  ms,
})
export type DhcpReply = v.InferOutput<typeof DhcpReplySchema>

export const HttpTrySchema = v.strictObject({
  address,
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
  outcome: v.picklist(['http', 'not-http', 'refused', 'silent', 'unreachable']),
  /** Status of the answer; null when it was no HTTP. */
  status: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(999))),
  ms,
})
export type HttpTry = v.InferOutput<typeof HttpTrySchema>

export const DhcpObservationSchema = v.strictObject({
  kind: v.literal('dhcp'),
  farEnd: v.literal('none'),
  from: instant,
  to: instant,
  /** Where was asked; null when the host has no usable interface. */
  interface: v.nullable(
    v.strictObject({
      name: word,
      address,
      /** Named by the site file, or picked because it is the only or the first one. */
      chosen: v.picklist(['site', 'only', 'first']),
    }),
  ),
  /** Class identifier that was sent (option 60); null when the site file gives none. */
  vendorClass: v.nullable(word),
  /** Why nothing could be asked; null when it could. */
  obstacle: v.nullable(
    v.strictObject({
      code: v.picklist(['not-permitted', 'port-taken', 'no-interface', 'failed']),
      detail: word,
    }),
  ),
  attempts: v.pipe(v.array(DhcpAttemptSchema), v.maxLength(16)),
  replies: v.pipe(v.array(DhcpReplySchema), v.maxLength(8)),
  /** Answers beyond those kept, to other clients, and such as could not be read. */
  more: count,
  ignored: count,
  malformed: count,
  /** What the DNS servers of option 6 say of names in the service zone. */
  lookups: v.pipe(v.array(DnsAnswerSchema), v.maxLength(30)),
  /** Whether the provisioning addresses answer HTTP. */
  http: v.pipe(v.array(HttpTrySchema), v.maxLength(16)),
})
export type DhcpObservation = v.InferOutput<typeof DhcpObservationSchema>
