import * as v from 'valibot'
import { type DhcpObservation, DhcpObservationSchema } from '../../../shared/record/dhcp.ts'
import {
  type LinkInterface,
  type LinkObservation,
  LinkObservationSchema,
  type LinkSwitch,
  type LldpNeighbour,
} from '../../../shared/record/link.ts'
import { MINUTE, START } from './scenes.ts'

/** Hand-built looks at links: one wired interface at full duplex unless said otherwise. */
export function nic(change: Partial<LinkInterface> = {}): LinkInterface {
  return {
    ...{ name: 'eth0', towards: ['primary', 'secondary'], medium: 'wired', driver: 'igb' },
    ...{ duplex: 'full', speedMbit: 1000, carrier: true, vlan: null },
    ...change,
  }
}

export function link(change: Partial<LinkObservation> = {}): LinkObservation {
  return v.parse(LinkObservationSchema, {
    ...{ kind: 'link', farEnd: 'none', from: START, to: START + MINUTE / 2 },
    ...{ interfaces: [nic()], unrouted: [], switches: [] },
    lldp: { state: 'no-program', neighbours: [] },
    ...change,
  })
}

export function switchWith(change: Partial<LinkSwitch> = {}): LinkSwitch {
  const counts = { full: 4, half: 0, unknown: 0, down: 0, ...change.counts }
  return {
    ...{ address: '10.0.0.2', state: 'read', detail: '', absent: [], ports: [] },
    ...{ ...change, counts },
  }
}

export function neighbour(voice: Partial<NonNullable<LldpNeighbour['voice']>> | null) {
  const policy = { tagged: true, vlan: 100, priority: 5, dscp: 46 }
  return {
    state: 'read' as const,
    neighbours: [
      {
        ...{ interface: 'eth0', name: 'sw1', port: 'ge-0/0/1', duplex: 'full' as const },
        voice: voice === null ? null : { ...policy, ...voice },
      },
    ],
  }
}

/** One DHCP server that answers with these octets of option 132 (null: without it). */
export function dhcpWith(...values: readonly (string | null)[]): DhcpObservation {
  return v.parse(DhcpObservationSchema, {
    ...{ kind: 'dhcp', farEnd: 'none', from: START, to: START + MINUTE / 2 },
    ...{ interface: { name: 'eth0', address: '10.0.0.5', chosen: 'only' }, vendorClass: null },
    ...{ obstacle: null, attempts: [], more: 0, ignored: 0, malformed: 0, lookups: [], http: [] },
    replies: values.map((hex, at) => ({
      ...{ server: `10.0.0.${at + 1}`, source: `10.0.0.${at + 1}`, method: 'inform-broadcast' },
      ...{ type: 'ack', offered: null, codes: [], serverName: '', bootFile: '', ms: 1 },
      options: hex === null ? [] : [{ code: 132, hex, cut: 0 }],
    })),
  })
}
