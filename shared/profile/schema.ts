import * as v from 'valibot'

/**
 * The contract as data. A profile is what one handbook asks of every site; a site file (site.ts)
 * holds what only one customer knows. Everything is strict: an unknown key is an error.
 */
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(600))
const id = v.pipe(v.string(), v.regex(/^[A-Z]{2,6}(-[A-Z]{2,4})?-[0-9A-Z]{1,3}$/))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))

/** What every line carries: where it stands, what is printed there, how it is read, and why. */
const line = {
  id,
  /** Line number in the source document. */
  line: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** What is checked, in our own words. */
  title: text,
  /** The printed values or cells (facts, not sentences). */
  printed: v.union([text, v.array(v.string())]),
  reading: text,
  why: v.optional(text),
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
  limitRatio: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  op: v.literal('<='),
  /** `confidence`: both bounds of the interval must agree; `point`: the counted ratio decides. */
  decide: v.picklist(['confidence', 'point']),
  confidence: v.pipe(v.number(), v.minValue(0.5), v.maxValue(0.9999)),
})
const marking = v.strictObject({
  ...line,
  kind: v.literal('marking'),
  dscp: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(63)),
  op: v.literal('=='),
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
const duplex = v.strictObject({
  ...line,
  kind: v.literal('duplex'),
  expect: v.literal('full'),
})
const vlan = v.strictObject({ ...line, kind: v.literal('vlan') })

const range = v.union([
  port,
  v.pipe(
    v.tuple([port, port]),
    v.check(([a, b]) => a <= b, 'first <= last'),
  ),
])
const initiator = v.picklist(['site', 'dc', 'both'])
const portRow = v.strictObject({
  ...line,
  kind: v.literal('ports'),
  table: v.picklist(['LCM', 'RCM', 'MON-SRV', 'MON-HW', 'MAINT']),
  service: text,
  path: v.picklist(['MPLS', 'Internet', 'not-printed']),
  tcp: v.array(range),
  udp: v.array(range),
  /** The row names no range: the site file must supply one. */
  dynamic: v.optional(v.boolean(), false),
  match: v.optional(v.picklist(['all', 'any']), 'all'),
  initiator,
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
  priority: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535)),
  weight: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535)),
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
  match: v.optional(
    v.picklist(['exact', 'exact-host-case-insensitive', 'present', 'primary-server']),
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

export const ProfileSchema = v.strictObject({
  format: v.literal('voip-ready/profile/1'),
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{1,62}$/)),
  version: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+$/)),
  title: text,
  source: v.strictObject({
    document: text,
    revision: text,
    date: text,
    note: v.optional(text),
  }),
  model: v.picklist(['LCM', 'RCM']),
  /** Which legs carry voice under this model, and between which points (DESIGN section 5). */
  voice: v.strictObject({
    between: v.picklist(['site-site', 'site-dc']),
    legs: v.array(v.picklist(['out', 'back'])),
    reading: text,
  }),
  farEnds: v.tuple([v.literal('primary'), v.literal('secondary')]),
  judging: v.strictObject({
    windowSeconds: v.literal(60),
    intervalMinutes: v.literal(15),
    /** Fewer packets than these decide nothing (notes: J settles after about 100 packets). */
    minimumPackets: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)),
    /** A reply later than this (round trip) is late: counted apart, and as lost for the ear. */
    lateAfterMs: v.pipe(v.number(), v.minValue(100), v.maxValue(10_000)),
    /** Drift allowed between two hosts' clocks inside one window, parts per million. */
    clockDriftPpm: v.pipe(v.number(), v.minValue(0), v.maxValue(1000)),
  }),
  media: v.strictObject({
    codec: v.picklist(['g711', 'g729']),
    ptimeMs: v.literal(20),
    dscp: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(63)),
  }),
  requirements: v.pipe(v.array(RequirementSchema), v.minLength(1), v.maxLength(500)),
  /** Facts that explain a choice but are no line to check: ambiguities, derived ports, oddities. */
  notes: v.optional(v.array(v.strictObject({ id: text, line: v.optional(v.number()), text })), []),
})
export type Profile = v.InferOutput<typeof ProfileSchema>
/** What the author writes (defaults not yet filled in). */
export type ProfileInput = v.InferInput<typeof ProfileSchema>
