import { expect, test } from 'vitest'
import { planProbes } from '../../../agent/probes/plan.ts'
import type { Probe } from '../../../agent/probes/types.ts'
import { loadProfile } from '../../../config/load.ts'
import { linesForSite } from '../../../shared/profile/lines.ts'
import { siteWith } from '../../shared/verdict/scenes.ts'

const probe = (name: Probe['name'], ...kinds: Probe['kinds'][number][]): Probe => ({
  ...{ name, kinds },
  run: async () => [],
})
const PROBES = [
  probe('ports', 'ports'),
  probe('dns', 'dns-a', 'dns-srv'),
  probe('path', 'marking', 'qos'),
  probe('dhcp', 'dhcp-option', 'vlan'),
  probe('link', 'duplex', 'vlan'),
  probe('sip-alg'),
]
const { profile } = await loadProfile('pureconnect-rcm')
const printed = { dns: { asPrinted: true }, rtpPorts: [16384, 16400] }

function planned(
  only: string | null,
  media: 'with' | 'without' | 'alone' = 'with',
  own: object = {},
) {
  const site = siteWith({ ...printed, ...own })
  const wishes = only === null ? {} : { only: new Set(only.split(',')) }
  const plan = planProbes(PROBES, linesForSite(profile, site), { site, media, ...wishes })
  const names = (probes: readonly Probe[]) => probes.map(({ name }) => name).join('+')
  const stages = [plan.media ? 'media' : '', ...plan.beside.map(names), `| ${names(plan.alone)}`]
  return stages
    .filter((stage) => stage !== '')
    .join(' ')
    .trim()
}

const TABLE: readonly [string | null, string][] = [
  [null, 'media dhcp+link dns path+sip-alg | ports'],
  ['VRN-3', 'media |'],
  ['VRN-4,VRN-6', 'media |'],
  ['VRN-2', 'link |'],
  ['VRN-8', 'dhcp+link |'],
  ['DNS-1', 'dhcp dns |'],
  ['DHCP-2', 'dhcp |'],
  ['RCM-02', '| ports'],
  ['VRN-5', 'media path |'],
]

test.each(TABLE)('--only %s', (only, plan) => {
  expect(planned(only)).toBe(plan)
})

test('DNS servers that the site names need no DHCP', () => {
  const dns = { asPrinted: true, servers: ['10.0.0.53'] }
  expect(planned('DNS-1', 'with', { dns })).toBe('dns |')
})

test('DHCP is asked for the options alone that the wanted lines lean on', () => {
  const site = siteWith(printed)
  const lines = linesForSite(profile, site)
  const onlyOf = (...ids: string[]) => {
    const plan = planProbes(PROBES, lines, { site, media: 'with', only: new Set(ids) })
    return [...(plan.only ?? [])]
  }
  expect(onlyOf('VRN-8')).toEqual(['VRN-8', 'DHCP-5'])
  expect(onlyOf('DNS-1')).toEqual(['DNS-1', 'DHCP-1'])
  expect(onlyOf('VRN-3')).toEqual(['VRN-3'])
})

test('without media, and media alone', () => {
  expect(planned(null, 'without')).toBe('dhcp+link dns path+sip-alg | ports')
  expect(planned(null, 'alone')).toBe('media |')
})

test('a waived line, and one that lacks a value of the site, need no probe', () => {
  expect(planned('VRN-2', 'with', { waive: { 'VRN-2': 'nothing to see here' } })).toBe('|')
  expect(planned('RCM-01', 'with', { rtpPorts: undefined })).toBe('|')
})

test('connections by the hundred never run beside voice', () => {
  const site = siteWith(printed)
  const plan = planProbes(PROBES, linesForSite(profile, site), { site, media: 'with' })
  expect(plan.beside.flat().map(({ name }) => name)).not.toContain('ports')
})
