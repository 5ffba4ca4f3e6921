import * as v from 'valibot'

/**
 * What came of trying ports towards one far end (or one host that the site names): per leg, ports
 * that fared alike in one group. `out` is opened by the site, `back` by the far end.
 */
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const word = v.pipe(v.string(), v.maxLength(253))

export const PortStateSchema = v.picklist([
  'open',
  /** The host itself said no: TCP reset, or ICMP port unreachable for UDP. */
  'refused',
  /** TCP: nothing came back. */
  'filtered',
  /** ICMP said no; the cause says which and from whom. */
  'unreachable',
  /** Somebody answered who did not prove to be the responder. */
  'intercepted',
  /** The responder does not hold this port; the cause says why. */
  'not-listening',
  /** The packet from site to far end was lost; the one from far end to site was. */
  'blocked-out',
  'blocked-back',
  /** UDP: no answer, and nobody who could say on which leg it was lost. */
  'silent',
  /** Nobody answers this protocol, so that silence says nothing. */
  'one-way-protocol',
  'not-tested',
])
export type PortState = v.InferOutput<typeof PortStateSchema>

export const PortGroupSchema = v.strictObject({
  proto: v.picklist(['tcp', 'udp']),
  state: PortStateSchema,
  /** What an open port rests on: the responder's nonce, a real server's protocol, or a handshake. */
  proof: v.picklist(['nonce', 'protocol', 'handshake', 'none']),
  cause: word,
  ports: v.pipe(v.array(v.union([port, v.tuple([port, port])])), v.maxLength(1024)),
  /** Milliseconds until it was known, port by port in the order of `ports`; empty after silence. */
  ms: v.pipe(v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(1e6))), v.maxLength(1024)),
})
export type PortGroup = v.InferOutput<typeof PortGroupSchema>

export const PortsObservationSchema = v.strictObject({
  kind: v.literal('ports'),
  farEnd: v.picklist(['primary', 'secondary', 'none']),
  /** The address tried, or the host as the site names it. */
  target: word,
  /** Whether a responder stood there: `silent` did not answer control, `absent` said it is none. */
  responder: v.picklist(['answers', 'silent', 'absent', 'refused', 'not-asked']),
  path: v.picklist(['MPLS', 'RVA', 'Internet']),
  /** The address that the responder saw this host at, where it is not the host's own: a NAT's. */
  seenAs: v.optional(word),
  from: instant,
  to: instant,
  legs: v.strictObject({
    out: v.pipe(v.array(PortGroupSchema), v.maxLength(64)),
    back: v.pipe(v.array(PortGroupSchema), v.maxLength(64)),
  }),
})
export type PortsObservation = v.InferOutput<typeof PortsObservationSchema>

/** Cause of `not-listening` where the responder holds a port, and not at the address that was tried. */
export const HELD_ELSEWHERE =
  'the responder holds it at another address of its host, not at this one'

/** Cause of `not-listening` where a responder that knows no places said that it holds what was refused. */
export const PLACE_UNKNOWN =
  'refused, and the responder there is too old to say whether it holds it at this address'

export interface PortFate {
  readonly state: PortState
  readonly proof: PortGroup['proof']
  readonly cause: string
}

/** What came of one port among groups; undefined when it was not among what was looked at. */
export function fateOf(
  groups: readonly PortGroup[],
  proto: 'tcp' | 'udp',
  wanted: number,
): PortFate | undefined {
  return groups.find(
    (group) =>
      group.proto === proto &&
      group.ports.some((range) =>
        typeof range === 'number' ? range === wanted : range[0] <= wanted && wanted <= range[1],
      ),
  )
}

/** Ports as ranges: neighbours in one, the rest alone. Takes them in any order. */
export function asRanges(ports: readonly number[]): (number | [number, number])[] {
  const ranges: [number, number][] = []
  for (const next of [...new Set(ports)].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && next === last[1] + 1) last[1] = next
    else ranges.push([next, next])
  }
  return ranges.map(([first, last]) => (first === last ? first : [first, last]))
}
