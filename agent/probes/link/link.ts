import type { LinkInterface, LinkObservation } from '../../../shared/record/link.ts'
import type { LinkIo } from '../../io/link.ts'
import type { Nic } from '../../io/nic.ts'
import type { Probe, ProbeContext } from '../types.ts'
import { readNeighbours } from './lldp.ts'
import { readSwitch } from './switches.ts'

const MOST_INTERFACES = 16

/**
 * Looks at the links that voice takes from here: own interfaces towards each far end and those that
 * they are made of, the switches of the site file, and what neighbours announce by LLDP. Sends
 * nothing but SNMP requests; one observation for the whole site.
 */
export function linkProbe(io: LinkIo): Probe {
  return {
    name: 'link',
    kinds: ['duplex', 'vlan'],
    async run(context) {
      const from = context.nowMs()
      context.progress('interfaces, switches, neighbours')
      const { interfaces, unrouted } = await ownInterfaces(context, io)
      const names = new Set(interfaces.map((one) => one.name))
      const [switches, lldp] = await Promise.all([
        Promise.all((context.site.switches ?? []).map((one) => readSwitch(one, io.openSnmp))),
        io.readLldp().then((answer) => readNeighbours(answer, names)),
      ])
      const to = Math.max(context.nowMs(), from + 1)
      return [{ kind: 'link', farEnd: 'none', from, to, interfaces, unrouted, switches, lldp }]
    },
  }
}

/** Interfaces by the route to each far end, each once, with all that lie below them. */
async function ownInterfaces(
  { farEnds, site }: ProbeContext,
  io: LinkIo,
): Promise<Pick<LinkObservation, 'interfaces' | 'unrouted'>> {
  const found = new Map<string, LinkInterface>()
  const unrouted: LinkObservation['unrouted'] = []
  for (const { farEnd, address } of farEnds) {
    const name = await io.interfaceTowards(address, site.localAddress)
    if (name === undefined) {
      unrouted.push(farEnd)
      continue
    }
    const known = found.get(name)
    if (known === undefined) addWithBelow(found, io, name, [farEnd])
    else found.set(name, { ...known, towards: [...known.towards, farEnd] })
  }
  return { interfaces: [...found.values()].slice(0, MOST_INTERFACES), unrouted }
}

function addWithBelow(
  found: Map<string, LinkInterface>,
  io: LinkIo,
  name: string,
  towards: LinkInterface['towards'],
): void {
  if (found.has(name) || found.size >= MOST_INTERFACES) return
  const nic = io.readNic(name)
  found.set(name, interfaceOf(nic, towards))
  for (const below of nic.below) addWithBelow(found, io, below, [])
}

function interfaceOf(nic: Nic, towards: LinkInterface['towards']): LinkInterface {
  return {
    name: nic.name.slice(0, 64),
    towards,
    medium: nic.wireless ? 'wireless' : nic.virtual ? 'virtual' : 'wired',
    driver: nic.driver?.slice(0, 64) ?? null,
    duplex: nic.duplex ?? 'unknown',
    speedMbit: nic.speedMbit,
    carrier: nic.carrier,
    vlan: nic.vlan,
  }
}
