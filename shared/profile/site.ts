import * as v from 'valibot'
import { BusyHoursSchema } from './busy-hours.ts'
import { isPrefix } from './prefix.ts'

/**
 * What only this customer knows: addresses, ranges, call counts, labels. A value that is not given
 * makes the lines that need it `not-tested: needs-site-value`; nothing is guessed. How these values
 * take the place of the profile's is in lines.ts.
 */
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(253))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))
const u16 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535))
/** A host by address or name; its port, where it has one, is a key of its own. */
const host = v.pipe(
  text,
  v.check(
    (value) => !/^([^:]+|\[.*\]):\d+$/.test(value) && !value.startsWith('['),
    'an address or name alone (the port goes into the key port)',
  ),
)
const address = v.pipe(v.string(), v.ip())
/** A name of a segment, as findings and metrics carry it. */
const segmentName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/))
const accessKey = v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,32}:[A-Za-z0-9+/=_-]{22,128}$/))
/** A C2SP signed-note verifier key of Ed25519, as `voip-ready reflector key show` prints it. */
const reflectorKey = v.pipe(
  v.string(),
  v.regex(
    /^voip-ready-reflector\/[a-z0-9][a-z0-9.-]{0,62}\+[0-9a-f]{8}\+A[Q-Za-f][A-Za-z0-9+/]{42}$/,
  ),
)
const reflectorKeys = v.optional(v.pipe(v.array(reflectorKey), v.minLength(1), v.maxLength(4)))
const owner = v.pipe(v.string(), v.minLength(1), v.maxLength(64))
/** Keys of the tables below are ids of the profile's lines. */
const lineId = v.pipe(v.string(), v.regex(/^[A-Z]{2,6}(-[A-Z]{2,4})?-[0-9A-Z]{1,3}$/))

export const FarEndSchema = v.strictObject({
  /** Address or name of the reflector that stands in for this data centre. */
  reflector: host,
  port: v.optional(port, 4000),
  /**
   * Where the port table is tested, when that is not the reflector's address. Beside `at: site` it is
   * the data centre's own reflector, at the same port and with the same access key.
   */
  responder: v.optional(host),
  /** Access key `id:secret`, or the name of a file that holds it. */
  key: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,32}:[A-Za-z0-9+/=_-]{22,128}$/))),
  keyFile: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(4096))),
  /** What it signs its statements with; more than one while it changes. */
  reflectorKeys,
  /** Who runs the circuit to it, and what kind it is (every result carries it). */
  path: v.optional(v.picklist(['MPLS', 'RVA', 'Internet']), 'MPLS'),
  circuitProvider: v.optional(text),
  /** Under whose contract the circuit runs: the responsibility matrix goes by that. */
  orderedBy: v.optional(v.picklist(['vendor', 'customer'])),
  /** Where it stands: a data centre unless said otherwise. LCM voice runs between site points only. */
  at: v.optional(v.picklist(['data-centre', 'site'])),
})
export type FarEndSite = v.InferOutput<typeof FarEndSchema>

/** A reflector at the far border of a segment of the way; the last segment ends at the far end itself. */
const segment = v.strictObject({
  name: segmentName,
  reflector: host,
  port: v.optional(port, 4000),
  key: v.optional(accessKey),
  keyFile: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(4096))),
  /** What it signs its statements with: without it nothing found by this border is evidence. */
  reflectorKeys,
  /** Who runs the segment that ends here. */
  owner: v.optional(owner),
  /** The way it belongs to; left out: both ways cross it. */
  farEnd: v.optional(v.picklist(['primary', 'secondary'])),
})

/** Whose addresses these are: `10.0.0.0/8`, `fd00::/8`. The longest prefix decides. */
const ownedPrefix = v.strictObject({
  prefix: v.pipe(
    v.string(),
    v.check((value) => isPrefix(value), 'an address and a length: 10.1.0.0/16 or 2001:db8::/32'),
  ),
  owner,
})

const expectedRecord = v.strictObject({
  name: v.optional(text),
  /** Address of an A line. */
  value: v.optional(address),
  /** Host name, and the rest, of an SRV line. */
  target: v.optional(text),
  port: v.optional(port),
  priority: v.optional(u16),
  weight: v.optional(u16),
})

const dns = v.strictObject({
  /** Servers to ask directly; without them, those that DHCP option 6 gives. */
  servers: v.optional(v.pipe(v.array(address), v.minLength(1), v.maxLength(8))),
  /** True takes the profile's printed examples as the expected values (labs, trials). */
  asPrinted: v.optional(v.boolean()),
  /** Expected records by line of the profile: `DNS-1: { value: 10.0.0.1 }`. */
  records: v.optional(v.record(lineId, expectedRecord)),
})

const dhcp = v.strictObject({
  /** Interface on the phones' network on which to ask. */
  interface: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(15))),
  /** Class identifier (option 60) of the phones, for servers that answer only those. */
  vendorClass: v.optional(text),
  /** False: ask by INFORM alone, so that no server sets an address aside for a minute. */
  discover: v.optional(v.boolean()),
  /** Expected values by line of the profile: `DHCP-2: http://...`. */
  options: v.optional(v.record(lineId, text)),
})

/** What this site knows better than the profile about one row of the port table. */
const portOverride = v.strictObject({
  initiator: v.optional(v.picklist(['site', 'dc', 'both'])),
  match: v.optional(v.picklist(['all', 'any'])),
  /** Hosts that stand behind this row, instead of the far end's responder. */
  hosts: v.optional(v.pipe(v.array(text), v.minLength(1), v.maxLength(32))),
})

const secret = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
/** RFC 3414 section 11.2: a pass phrase has eight characters or more. */
const phrase = v.pipe(v.string(), v.minLength(8), v.maxLength(128))
const switchBase = {
  address,
  /** UDP port of its SNMP agent; 161 unless said otherwise. */
  port: v.optional(port),
  /** Ports of it that carry voice, by name (ifName) or ifIndex; left out: all that have link. */
  ports: v.optional(
    v.pipe(
      v.array(v.union([text, v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 31))])),
      v.minLength(1),
      v.maxLength(64),
    ),
  ),
}
/** A switch on the way of voice, read by SNMP; reading rights are enough. */
const networkSwitch = v.variant('version', [
  v.strictObject({ ...switchBase, version: v.literal('2c'), community: secret }),
  v.strictObject({
    ...switchBase,
    version: v.literal('3'),
    user: text,
    auth: v.optional(
      v.strictObject({
        protocol: v.picklist(['md5', 'sha', 'sha256', 'sha512']),
        key: phrase,
        /** Inside, since there is none without authentication (RFC 3414 section 1.4.3). */
        privacy: v.optional(
          v.strictObject({
            protocol: v.picklist(['des', 'aes', 'aes256b', 'aes256r']),
            key: phrase,
          }),
        ),
      }),
    ),
  }),
])
export type NetworkSwitch = v.InferOutput<typeof networkSwitch>

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
  /** When most of these calls are. */
  busyHours: v.optional(BusyHoursSchema),
  /** UDP ports of voice, `[first, last]`. */
  rtpPorts: v.optional(
    v.pipe(
      v.tuple([port, port]),
      v.check(([a, b]) => a <= b, 'the lower port first'),
    ),
  ),
  /** Takes the place of the profile's service zone. */
  dnsZone: v.optional(text),
  /** Takes the place of the profile's search domain (where short names live). */
  searchDomain: v.optional(text),
  primaryServer: v.optional(address),
  voiceVlan: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4095))),
  localAddress: v.optional(address),
  switches: v.optional(v.pipe(v.array(networkSwitch), v.minLength(1), v.maxLength(8))),
  dns: v.optional(dns),
  dhcp: v.optional(dhcp),
  ports: v.optional(v.record(lineId, portOverride)),
  /** Borders on the way, from the site outwards, each with a reflector of its own. */
  segments: v.optional(
    v.pipe(
      v.array(segment),
      v.minLength(1),
      v.maxLength(6),
      v.check(
        (list) => new Set(list.map(({ name }) => name)).size === list.length,
        'a name of its own for each segment',
      ),
    ),
  ),
  /** Labels of hops in path traces. */
  owners: v.optional(v.pipe(v.array(ownedPrefix), v.maxLength(64))),
  /** Lines that the parties agreed to leave out here, each with the reason every result prints. */
  waive: v.optional(v.record(lineId, v.pipe(v.string(), v.minLength(10), v.maxLength(600)))),
})
export type Site = v.InferOutput<typeof SiteSchema>

export type FarEndName = 'primary' | 'secondary'
