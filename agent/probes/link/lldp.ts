import type { LinkObservation, LldpNeighbour } from '../../../shared/record/link.ts'
import type { LldpAnswer } from '../../io/lldp.ts'

type Lldp = LinkObservation['lldp']

const MOST_NEIGHBOURS = 8

/**
 * Reads what `lldpcli -f json0 show neighbors details` prints: neighbours heard on the interfaces
 * named, with their side of the cable and their voice policy. What does not have the expected shape is
 * left out; text that is no JSON, or no object, is `malformed`. Never throws.
 */
export function readNeighbours(answer: LldpAnswer, interfaces: ReadonlySet<string>): Lldp {
  if (answer.state !== 'read') return { state: answer.state, neighbours: [] }
  let whole: unknown
  try {
    whole = JSON.parse(answer.text)
  } catch {
    return { state: 'malformed', neighbours: [] }
  }
  if (!isObject(whole) || !('lldp' in whole)) return { state: 'malformed', neighbours: [] }
  const heard = list(whole, 'lldp').flatMap((lldp) => list(lldp, 'interface'))
  const neighbours = heard.flatMap((one): LldpNeighbour[] => {
    const name = word(field(one, 'name'))
    if (name === null || !interfaces.has(name)) return []
    const port = list(one, 'port')[0]
    return [
      {
        interface: name,
        name: word(value(list(one, 'chassis')[0], 'name')),
        port: word(value(port, 'descr')) ?? word(value(port, 'id')),
        duplex: duplexOf(value(list(port, 'auto-negotiation')[0], 'current')),
        voice: voiceOf(one),
      },
    ]
  })
  return { state: 'read', neighbours: neighbours.slice(0, MOST_NEIGHBOURS) }
}

/** The policy for the application `Voice`; one that is not defined announces nothing. */
function voiceOf(heard: unknown): LldpNeighbour['voice'] {
  const policy = list(heard, 'lldp-med')
    .flatMap((med) => list(med, 'policy'))
    .find((one) => field(one, 'apptype') === 'Voice' && isTrue(field(one, 'defined')))
  if (policy === undefined) return null
  const vlan = list(policy, 'vlan')[0]
  return {
    tagged: vlan !== undefined,
    vlan: vlanOf(field(vlan, 'vid')),
    priority: numberUpTo(value(policy, 'pcp'), 7),
    dscp: numberUpTo(value(policy, 'dscp'), 63),
  }
}

/** lldpcli has words for the two ids that 802.1Q reserves. */
function vlanOf(vid: unknown): number | null {
  if (vid === 'priority') return 0
  if (vid === 'reserved') return 4095
  return numberUpTo(vid, 4095)
}

/** `1000BaseTFD - Four-pair Category 5 UTP, full duplex mode` (MAU types of RFC 4836). */
function duplexOf(current: unknown): LldpNeighbour['duplex'] {
  if (typeof current !== 'string') return 'unknown'
  if (/\bhalf duplex\b/i.test(current)) return 'half'
  return /\bfull duplex\b/i.test(current) ? 'full' : 'unknown'
}

function numberUpTo(text: unknown, most: number): number | null {
  if (typeof text !== 'string' || !/^\d{1,5}$/.test(text)) return null
  const number = Number(text)
  return number <= most ? number : null
}

function isObject(thing: unknown): thing is { readonly [key: string]: unknown } {
  return typeof thing === 'object' && thing !== null && !Array.isArray(thing)
}

function field(thing: unknown, key: string): unknown {
  return isObject(thing) && Object.hasOwn(thing, key) ? thing[key] : undefined
}

function list(thing: unknown, key: string): readonly unknown[] {
  const found = field(thing, key)
  return Array.isArray(found) ? found : []
}

/** json0 writes every leaf as `[{ "value": ... }]`. */
function value(thing: unknown, key: string): unknown {
  return field(list(thing, key)[0], 'value')
}

function isTrue(thing: unknown): boolean {
  return thing === true || thing === 'yes'
}

/** A neighbour may call itself anything: printable, and not long. */
function word(thing: unknown): string | null {
  if (typeof thing !== 'string') return null
  const text = thing
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 64)
  return text === '' ? null : text
}
