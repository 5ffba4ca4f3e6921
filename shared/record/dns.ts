import * as v from 'valibot'

/**
 * What DNS servers answered about the names of the profile. Every answer stands with the server it
 * came from, so that servers can be held against each other. Silence is an outcome of its own.
 */
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e6))
const u16 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535))
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const address = v.pipe(v.string(), v.minLength(2), v.maxLength(64))
const name = v.pipe(v.string(), v.maxLength(255))
const ms = v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0)))
const short = v.pipe(v.string(), v.maxLength(120))

/** Records kept of one answer; those beyond are counted. */
export const RECORDS_KEPT = 8

export const DnsOutcomeSchema = v.picklist([
  /** NOERROR with at least one record of the type asked for. */
  'answer',
  /** The server says that no such name exists (rcode 3). */
  'nxdomain',
  /** NOERROR without a record of this type. */
  'empty',
  'servfail',
  'refused',
  'other-rcode',
  /** Something came back from the server that is no DNS answer. */
  'malformed',
  /** Cut off on UDP, and the server could not be asked by TCP. */
  'truncated',
  'silent',
  /** The network or the host said that nobody listens there, or that there is no way. */
  'unreachable',
])
export type DnsOutcome = v.InferOutput<typeof DnsOutcomeSchema>

export const ServiceRecordSchema = v.strictObject({
  priority: u16,
  weight: u16,
  port: u16,
  /** As the server wrote it, without the closing dot. */
  target: name,
})

export const DnsAnswerSchema = v.strictObject({
  server: address,
  /** The full name that was asked for. */
  name,
  type: v.picklist(['A', 'SRV']),
  outcome: DnsOutcomeSchema,
  transport: v.picklist(['udp', 'tcp']),
  /** The response code; null when nothing came back that could be read. */
  rcode: v.nullable(u16),
  /** The server speaks with authority for this name (AA). */
  authoritative: v.boolean(),
  /** The answer was cut off on UDP and asked for again by TCP. */
  truncated: v.boolean(),
  addresses: v.pipe(v.array(address), v.maxLength(RECORDS_KEPT)),
  services: v.pipe(v.array(ServiceRecordSchema), v.maxLength(RECORDS_KEPT)),
  /** Names that aliases (CNAME) led through, in order. */
  aliases: v.pipe(v.array(name), v.maxLength(RECORDS_KEPT)),
  /** Records beyond those kept here. */
  more: count,
  /** From the first question to the answer, tries included. */
  ms,
  /** Datagrams with another id, question or source: not believed, only counted. */
  ignored: count,
  /** Who sent them, or what the system said; empty when there is nothing to add. */
  detail: short,
})
export type DnsAnswer = v.InferOutput<typeof DnsAnswerSchema>

/** Who named a server: the site file, DHCP option 6, or this host's own resolver. */
export const ServerOriginSchema = v.picklist(['site', 'dhcp', 'host'])
export type ServerOrigin = v.InferOutput<typeof ServerOriginSchema>

/** What this host's own resolver (files, search list, multicast DNS and all) makes of a name. */
export const SystemLookupSchema = v.strictObject({
  name,
  outcome: v.picklist(['answer', 'not-found', 'silent', 'error']),
  addresses: v.pipe(v.array(address), v.maxLength(RECORDS_KEPT)),
  ms,
})
export type SystemLookup = v.InferOutput<typeof SystemLookupSchema>

export const DnsObservationSchema = v.strictObject({
  kind: v.literal('dns'),
  farEnd: v.literal('none'),
  from: instant,
  to: instant,
  servers: v.pipe(
    v.array(
      v.strictObject({ address, origins: v.pipe(v.array(ServerOriginSchema), v.maxLength(3)) }),
    ),
    v.maxLength(8),
  ),
  /** Search suffixes: of this host's resolver, and those that DHCP hands out (options 15, 119). */
  search: v.strictObject({
    host: v.pipe(v.array(name), v.maxLength(RECORDS_KEPT)),
    dhcp: v.pipe(v.array(name), v.maxLength(RECORDS_KEPT)),
  }),
  answers: v.pipe(v.array(DnsAnswerSchema), v.maxLength(96)),
  /** Questions that were not asked because the list was full. */
  skipped: count,
  system: v.pipe(v.array(SystemLookupSchema), v.maxLength(16)),
})
export type DnsObservation = v.InferOutput<typeof DnsObservationSchema>

/** A name as names are compared: lower case (RFC 4343), without the closing dot. */
export function sameCase(name: string): string {
  return name.replace(/\.$/, '').toLowerCase()
}
