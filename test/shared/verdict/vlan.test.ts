import { expect, test } from 'vitest'
import type { Observation } from '../../../shared/record/kinds.ts'
import { dhcpWith, link, neighbour, nic } from './links.ts'
import { findingAt, judged, lineWith, profileWith, siteWith, verdictAt } from './scenes.ts'

const TEXT_100 = '313030'
const INTEGER_100 = '0064'
const TEXT_200 = '323030'
const vlan100 = siteWith({ voiceVlan: 100 })
const noVlan = siteWith()

const TABLE: readonly [string, readonly Observation[], typeof noVlan, string][] = [
  ['the site alone', [link()], vlan100, 'inconclusive vlan-unconfirmed'],
  ['nobody names one', [link(), dhcpWith(null)], noVlan, 'inconclusive vlan-unconfirmed'],
  ['option 132 as text, and the site', [dhcpWith(TEXT_100)], vlan100, 'pass vlan-agrees'],
  ['option 132 as an integer, and the site', [dhcpWith(INTEGER_100)], vlan100, 'pass vlan-agrees'],
  [
    'one octet that reads 5 or 53',
    [dhcpWith('35')],
    siteWith({ voiceVlan: 53 }),
    'pass vlan-agrees',
  ],
  ['option 132 against the site', [dhcpWith(TEXT_200)], vlan100, 'fail vlan-contradiction'],
  [
    'two servers against each other',
    [dhcpWith(TEXT_100, TEXT_200)],
    noVlan,
    'fail vlan-contradiction',
  ],
  ['an option that is no number', [dhcpWith('ffffff')], vlan100, 'inconclusive vlan-unconfirmed'],
  ['LLDP-MED and the site', [link({ lldp: neighbour({}) })], vlan100, 'pass vlan-agrees'],
  [
    'LLDP-MED against the site',
    [link({ lldp: neighbour({ vlan: 7 }) })],
    vlan100,
    'fail vlan-contradiction',
  ],
  [
    'LLDP-MED against option 132, without the site',
    [link({ lldp: neighbour({}) }), dhcpWith(TEXT_200)],
    noVlan,
    'fail vlan-contradiction',
  ],
  [
    'LLDP-MED and option 132 agree, without the site',
    [link({ lldp: neighbour({}) }), dhcpWith(TEXT_100)],
    noVlan,
    'inconclusive vlan-unconfirmed',
  ],
  [
    'an untagged policy',
    [link({ lldp: neighbour({ tagged: false, vlan: null }) })],
    vlan100,
    'inconclusive vlan-unconfirmed',
  ],
  [
    'the own 802.1Q id and the site',
    [link({ interfaces: [nic({ vlan: 100 })] })],
    vlan100,
    'pass vlan-agrees',
  ],
  [
    'the own 802.1Q id against the site',
    [link({ interfaces: [nic({ vlan: 9 })] })],
    vlan100,
    'fail vlan-contradiction',
  ],
]

test.each(TABLE)('%s', (_what, seen, site, verdict) => {
  expect(verdictAt(judged(seen, { site }), 'VRN-8', 'none', 'none')).toBe(verdict)
})

test('nobody looked: not tested', () => {
  expect(verdictAt(judged([], { site: vlan100 }), 'VRN-8', 'none', 'none')).toBe(
    'not-tested probe-not-run',
  )
})

test('the detail names each source with its value, and what was not seen', () => {
  const { detail } = findingAt(
    judged([link({ lldp: neighbour({}) })], { site: vlan100 }),
    'VRN-8',
    'none',
    'none',
  )
  expect(detail).toContain('site file 100, LLDP-MED of sw1 on eth0 100')
  expect(detail).toContain('LLDP-MED hands phones priority 5, DSCP EF')
  expect(detail).toContain('not seen: DHCP option 132 (nobody asked)')
})

test('agreement says that it is none with the paper that the clause leans on', () => {
  const document = { title: 'A paper of the vendor' }
  const profile = profileWith({ requirements: lineWith('VRN-8', { document }) })
  const seen = [link({ lldp: neighbour({}) })]
  const at = (given: object) =>
    findingAt(judged(seen, { site: vlan100, ...given }), 'VRN-8', 'none', 'none').detail
  const words = 'not held against A paper of the vendor, whose values the profile does not have'
  expect(at({ profile })).toContain(words)
  expect(at({ profile: profileWith({ requirements: lineWith('VRN-8', {}) }) })).not.toContain(
    'paper',
  )
})
