import * as v from 'valibot'

/**
 * What was seen of the links that carry voice away from this host: its own interfaces, switch ports
 * by SNMP, and what the neighbours say of themselves by LLDP. Judges nothing. Kept small: of a switch
 * only the ports that are not plainly full duplex, and those that the site names, are listed.
 */
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const word = v.pipe(v.string(), v.minLength(1), v.maxLength(64))
const detail = v.pipe(v.string(), v.maxLength(200))
const vlanId = v.pipe(count, v.maxValue(4095))
const duplex = v.picklist(['full', 'half', 'unknown'])
const farEnd = v.picklist(['primary', 'secondary'])

const LinkInterfaceSchema = v.strictObject({
  name: word,
  /** Far ends that are reached through it; empty: it lies below one that is. */
  towards: v.pipe(v.array(farEnd), v.maxLength(2)),
  /** `virtual`: no cable behind it that this host can speak of; says nothing of any switch. */
  medium: v.picklist(['wired', 'wireless', 'virtual']),
  /** Kernel's name for the driver; null where there is none or it does not say. */
  driver: v.nullable(word),
  duplex,
  speedMbit: v.nullable(count),
  carrier: v.nullable(v.boolean()),
  /** 802.1Q id that its frames carry; null where they carry none. */
  vlan: v.nullable(vlanId),
})
export type LinkInterface = v.InferOutput<typeof LinkInterfaceSchema>

const SwitchPortSchema = v.strictObject({
  index: count,
  name: v.nullable(word),
  duplex,
  speedMbit: v.nullable(count),
  /** Since the switch started; null where it does not count them. */
  lateCollisions: v.nullable(count),
  /** VLAN of untagged frames (Q-BRIDGE-MIB); null where the switch does not say. */
  pvid: v.nullable(vlanId),
})
export type SwitchPort = v.InferOutput<typeof SwitchPortSchema>

const LinkSwitchSchema = v.strictObject({
  address: word,
  state: v.picklist(['read', 'silent', 'refused', 'malformed', 'no-duplex']),
  detail,
  /** Ports with link, by what they say of their duplex, and those without link. */
  counts: v.strictObject({ full: count, half: count, unknown: count, down: count }),
  /** Ports that the site file names and the switch does not have. */
  absent: v.pipe(v.array(word), v.maxLength(64)),
  ports: v.pipe(v.array(SwitchPortSchema), v.maxLength(24)),
})
export type LinkSwitch = v.InferOutput<typeof LinkSwitchSchema>

const LldpNeighbourSchema = v.strictObject({
  /** Own interface on which it was heard. */
  interface: word,
  name: v.nullable(word),
  port: v.nullable(word),
  /** Its own side of the cable (IEEE 802.3 MAC/PHY TLV). */
  duplex,
  /** LLDP-MED network policy for voice (ANSI/TIA-1057); null: it announces none. */
  voice: v.nullable(
    v.strictObject({
      tagged: v.boolean(),
      vlan: v.nullable(vlanId),
      priority: v.nullable(v.pipe(count, v.maxValue(7))),
      dscp: v.nullable(v.pipe(count, v.maxValue(63))),
    }),
  ),
})
export type LldpNeighbour = v.InferOutput<typeof LldpNeighbourSchema>

export const LinkObservationSchema = v.strictObject({
  kind: v.literal('link'),
  farEnd: v.literal('none'),
  from: instant,
  to: instant,
  interfaces: v.pipe(v.array(LinkInterfaceSchema), v.maxLength(16)),
  /** Far ends to which no interface was found. */
  unrouted: v.pipe(v.array(farEnd), v.maxLength(2)),
  switches: v.pipe(v.array(LinkSwitchSchema), v.maxLength(8)),
  lldp: v.strictObject({
    state: v.picklist(['read', 'no-program', 'no-daemon', 'not-permitted', 'malformed']),
    neighbours: v.pipe(v.array(LldpNeighbourSchema), v.maxLength(8)),
  }),
})
export type LinkObservation = v.InferOutput<typeof LinkObservationSchema>
