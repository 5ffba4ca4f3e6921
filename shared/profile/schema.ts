import * as v from 'valibot'

/**
 * The contract as data. A profile is what one handbook asks of every site; a site file (site.ts)
 * holds what only one customer knows. Everything is strict: an unknown key is an error.
 *
 * The identity of a profile is the SHA-256 of its parsed form (canonical.ts), and old evidence is
 * verified with newer programs. So a new key must be optional WITHOUT a default: a default would
 * change the hash of every profile ever signed. The golden hash in the tests stands guard.
 */
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(600))
const id = v.pipe(v.string(), v.regex(/^[A-Z]{2,6}(-[A-Z]{2,4})?-[0-9A-Z]{1,3}$/))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))
const u16 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535))
const dscp = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(63))
const sourceLine = v.pipe(v.number(), v.integer(), v.minValue(1))

/** What every line carries: where it stands, what is printed there, how it is read, and why. */
const line = {
  id,
  /** Line number in the source document. */
  line: sourceLine,
  /** What is checked, in our own words. */
  title: text,
  /** The printed values or cells (facts, not sentences). */
  printed: v.union([text, v.array(v.string())]),
  reading: text,
  why: v.optional(text),
  /** Document that the line leans on and that is not part of the contract's own text. */
  document: v.optional(
    v.strictObject({
      title: text,
      version: v.optional(text),
      sha256: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
    }),
  ),
  /** The printed value only shows the form: the site file must give the real one. */
  example: v.optional(v.literal(true)),
  /** A line that is not required never decides the roll-up. */
  required: v.boolean(),
  farEnds: v.optional(v.picklist(['both', 'primary', 'none']), 'both'),
}

/** How a sample becomes one number that is held against the limit. */
export const StatisticSchema = v.picklist(['mean', 'p95', 'p99', 'max'])
export type Statistic = v.InferOutput<typeof StatisticSchema>

const delay = v.strictObject({
  ...line,
  kind: v.literal('one-way-delay'),
  limitMs: v.pipe(v.number(), v.minValue(1), v.maxValue(2000)),
  op: v.literal('<'),
  statistic: StatisticSchema,
})
const jitter = v.strictObject({
  ...line,
  kind: v.literal('jitter'),
  limitMs: v.pipe(v.number(), v.minValue(0.1), v.maxValue(1000)),
  op: v.literal('<'),
  statistic: StatisticSchema,
  definition: v.literal('rfc3550'),
})
const loss = v.strictObject({
  ...line,
  kind: v.literal('segment-loss'),
  /** A ratio: one per cent is 0.01. More than a half is taken for a slip of the pen. */
  limitRatio: v.pipe(v.number(), v.minValue(0), v.maxValue(0.5)),
  op: v.literal('<='),
  /** `confidence`: both bounds of the interval must agree; `point`: the counted ratio decides. */
  decide: v.picklist(['confidence', 'point']),
  confidence: v.pipe(v.number(), v.minValue(0.5), v.maxValue(0.9999)),
})
const marking = v.strictObject({
  ...line,
  kind: v.literal('marking'),
  dscp,
  op: v.literal('=='),
  /** Marks of other traffic that the vendor names beside voice; information, never judged. */
  companions: v.optional(v.array(v.strictObject({ traffic: text, dscp }))),
})
const bandwidth = v.strictObject({
  ...line,
  kind: v.literal('bandwidth'),
  perCall: v.strictObject({
    g711: v.pipe(v.number(), v.minValue(1), v.maxValue(1000)),
    g729: v.pipe(v.number(), v.minValue(1), v.maxValue(1000)),
  }),
})
const qos = v.strictObject({ ...line, kind: v.literal('qos') })
const duplex = v.strictObject({ ...line, kind: v.literal('duplex'), expect: v.literal('full') })
const vlan = v.strictObject({ ...line, kind: v.literal('vlan') })

/** One port, or `[first, last]` with both ends in. */
const range = v.union([
  port,
  v.pipe(
    v.tuple([port, port]),
    v.check(([a, b]) => a <= b, 'the lower port first'),
  ),
])
const portRow = v.strictObject({
  ...line,
  kind: v.literal('ports'),
  /** Table of the source that the row stands in; `DER` for ports derived from other lines. */
  table: v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9-]{0,15}$/)),
  service: text,
  path: v.picklist(['MPLS', 'Internet', 'not-printed']),
  /** Row of `connections` that says how this service is reached. */
  connection: v.optional(id),
  /** A second printed row that continues this one. */
  continuation: v.optional(v.strictObject({ line: sourceLine, printed: v.array(v.string()) })),
  tcp: v.pipe(v.array(range), v.maxLength(200)),
  udp: v.pipe(v.array(range), v.maxLength(200)),
  /** The row names no range: the site file must supply one. */
  dynamic: v.optional(v.boolean(), false),
  match: v.optional(v.picklist(['all', 'any']), 'all'),
  /** Who opens the connection, and how sure the author is of it; a site may say otherwise. */
  initiator: v.picklist(['site', 'dc', 'both']),
  confidence: v.picklist(['high', 'medium', 'low']),
})
const dnsA = v.strictObject({
  ...line,
  kind: v.literal('dns-a'),
  zone: text,
  name: text,
  value: text,
})
const dnsSrv = v.strictObject({
  ...line,
  kind: v.literal('dns-srv'),
  zone: text,
  name: text,
  priority: u16,
  weight: u16,
  port,
  target: text,
})
const dhcp = v.strictObject({
  ...line,
  kind: v.literal('dhcp-option'),
  option: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(254)),
  scope: text,
  type: v.picklist(['ipv4-list', 'string', 'vlan-id']),
  expect: v.optional(text),
  /** `if-present`: absence is allowed, a value outside the type's range is not. */
  match: v.optional(
    v.picklist(['exact', 'exact-host-case-insensitive', 'present', 'if-present', 'primary-server']),
  ),
})

export const RequirementSchema = v.variant('kind', [
  delay,
  jitter,
  loss,
  marking,
  bandwidth,
  qos,
  duplex,
  vlan,
  portRow,
  dnsA,
  dnsSrv,
  dhcp,
])
export type Requirement = v.InferOutput<typeof RequirementSchema>
export type RequirementKind = Requirement['kind']
export type RequirementOf<K extends RequirementKind> = Extract<Requirement, { kind: K }>

/** A row of the source that says how a service is reached, by name and not by address. */
const connection = v.strictObject({
  id,
  line: sourceLine,
  service: text,
  path: v.picklist(['MPLS', 'Internet']),
  printed: v.array(v.string()),
  reading: text,
})

export const ProfileSchema = v.strictObject({
  format: v.literal('voip-ready/profile/1'),
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{1,62}$/)),
  version: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+$/)),
  title: text,
  source: v.strictObject({ document: text, revision: text, date: text, note: v.optional(text) }),
  model: v.picklist(['LCM', 'RCM']),
  /** Which legs carry voice under this model, and between which points (DESIGN section 5). */
  voice: v.strictObject({
    between: v.picklist(['site-site', 'site-dc']),
    legs: v.pipe(v.array(v.picklist(['out', 'back'])), v.minLength(1)),
    reading: text,
  }),
  farEnds: v.tuple([v.literal('primary'), v.literal('secondary')]),
  judging: v.strictObject({
    windowSeconds: v.literal(60),
    intervalMinutes: v.literal(15),
    /** Fewer packets than these decide nothing. */
    minimumPackets: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)),
    /** A reply later than this (round trip) is late: counted apart, and as lost for the ear. */
    lateAfterMs: v.pipe(v.number(), v.minValue(100), v.maxValue(10_000)),
    /** Drift allowed between two hosts' clocks inside one window, parts per million. */
    clockDriftPpm: v.pipe(v.number(), v.minValue(0), v.maxValue(1000)),
  }),
  media: v.strictObject({ codec: v.picklist(['g711', 'g729']), ptimeMs: v.literal(20), dscp }),
  /** Names that the source uses for its zones; a site file puts its own in their place. */
  dns: v.optional(v.strictObject({ serviceZone: text, searchDomain: text })),
  connections: v.optional(v.array(connection)),
  requirements: v.pipe(v.array(RequirementSchema), v.minLength(1), v.maxLength(500)),
  /** Facts that explain a choice but are no line to check: ambiguities, oddities, topology. */
  notes: v.optional(v.array(v.strictObject({ id: text, line: v.optional(sourceLine), text })), []),
})
export type Profile = v.InferOutput<typeof ProfileSchema>
/** What the author writes (defaults not yet filled in). */
export type ProfileInput = v.InferInput<typeof ProfileSchema>
