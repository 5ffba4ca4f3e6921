import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LinkObservation } from '../../../shared/record/link.ts'
import { link, neighbour, nic, switchWith } from './links.ts'
import { findingAt, judged, START, verdictAt } from './scenes.ts'

const virtual = nic({ medium: 'virtual' })
const half = { index: 7, name: 'Gi7', duplex: 'half', speedMbit: 100, lateCollisions: 9, pvid: 1 }
const HALF_SWITCH = switchWith({ counts: { half: 1 } as never, ports: [half as never] })
const sidelong = neighbour(null).neighbours.map((one) => ({ ...one, duplex: 'half' as const }))

const TABLE: readonly [what: string, change: Partial<LinkObservation>, verdict: string][] = [
  ['a wired interface at full duplex', {}, 'pass full-duplex'],
  [
    'a wired interface at half duplex',
    { interfaces: [nic({ duplex: 'half' })] },
    'fail half-duplex',
  ],
  ['no interface at all', { interfaces: [] }, 'inconclusive duplex-unseen'],
  ['a virtual interface', { interfaces: [virtual] }, 'inconclusive duplex-unseen'],
  [
    'a virtual interface that calls itself half',
    { interfaces: [nic({ medium: 'virtual', duplex: 'half' })] },
    'inconclusive duplex-unseen',
  ],
  ['Wi-Fi', { interfaces: [nic({ medium: 'wireless' })] }, 'inconclusive duplex-unseen'],
  [
    'Wi-Fi towards one data centre, a cable towards the other',
    { interfaces: [nic(), nic({ name: 'wlan0', medium: 'wireless' })] },
    'inconclusive duplex-unseen',
  ],
  [
    'a driver that does not tell',
    { interfaces: [nic({ duplex: 'unknown' })] },
    'inconclusive duplex-unseen',
  ],
  ['a tunnel over a cable', { interfaces: [virtual, nic()] }, 'pass full-duplex'],
  [
    'a bond with one leg unplugged',
    { interfaces: [virtual, nic(), nic({ name: 'eth1', duplex: 'unknown', carrier: false })] },
    'pass full-duplex',
  ],
  [
    'a virtual interface, and a switch all at full duplex',
    { interfaces: [virtual], switches: [switchWith()] },
    'pass full-duplex',
  ],
  ['a switch with one port at half', { switches: [HALF_SWITCH] }, 'fail half-duplex'],
  [
    'a switch with more half ports than are listed',
    { switches: [switchWith({ counts: { half: 40 } as never })] },
    'fail half-duplex',
  ],
  [
    'a switch with a port that does not tell',
    { switches: [switchWith({ counts: { unknown: 1 } as never })] },
    'inconclusive duplex-unseen',
  ],
  [
    'a virtual interface, and a switch that is silent',
    {
      interfaces: [virtual],
      switches: [switchWith({ state: 'silent', counts: { full: 0 } as never })],
    },
    'inconclusive duplex-unseen',
  ],
  [
    'a neighbour that says half of its side',
    { lldp: { state: 'read', neighbours: sidelong } },
    'fail half-duplex',
  ],
  [
    'the same across a virtual cable',
    { interfaces: [virtual], lldp: { state: 'read', neighbours: sidelong } },
    'inconclusive duplex-unseen',
  ],
]

test.each(TABLE)('%s', (_what, change, verdict) => {
  expect(verdictAt(judged([link(change)]), 'VRN-2', 'none', 'none')).toBe(verdict)
})

test('nobody looked: not tested', () => {
  expect(verdictAt(judged([]), 'VRN-2', 'none', 'none')).toBe('not-tested probe-not-run')
})

test('a pass says what it is for and what was not seen', () => {
  const { detail } = findingAt(judged([link()]), 'VRN-2', 'none', 'none')
  expect(detail).toContain('eth0 full duplex 1000 Mbit/s')
  expect(detail).toContain('not seen: switch ports (the site file names no switches)')
})

test('a fail names the port', () => {
  const { detail } = findingAt(judged([link({ switches: [HALF_SWITCH] })]), 'VRN-2', 'none', 'none')
  expect(detail).toContain('switch 10.0.0.2 port Gi7 half duplex')
  expect(detail).toContain('Gi7 counted 9 late collisions')
})

test('the newest look counts, also one from before the judged time', () => {
  const older = link({
    interfaces: [nic({ duplex: 'half' })],
    from: START - 9000,
    to: START - 8000,
  })
  const newer = link({ from: START - 2000, to: START - 1000 })
  expect(verdictAt(judged([newer, older]), 'VRN-2', 'none', 'none')).toBe('pass full-duplex')
})

test('without a cable or a switch port at full duplex there is no pass, whatever else was seen', () => {
  const medium = fc.constantFrom('virtual' as const, 'wireless' as const)
  const duplex = fc.constantFrom('full' as const, 'half' as const, 'unknown' as const)
  const nics = fc.array(fc.record({ medium, duplex }), { maxLength: 4 })
  const counts = fc.record({ unknown: fc.nat(3), down: fc.nat(3) })
  fc.assert(
    fc.property(nics, counts, (changes, { unknown, down }) => {
      const seen = link({
        interfaces: changes.map((change) => nic(change)),
        switches: [switchWith({ counts: { full: 0, half: 0, unknown, down } })],
      })
      expect(verdictAt(judged([seen]), 'VRN-2', 'none', 'none')).not.toContain('pass')
    }),
  )
})
