import { describe, expect, test } from 'vitest'
import { loadProfile } from '../../../config/load.ts'
import { linesForSite, type SiteLine } from '../../../shared/profile/lines.ts'
import { parseSite } from '../../../shared/profile/parse.ts'

const { profile } = await loadProfile('pureconnect-rcm')

function lineOf(id: string, own: Record<string, unknown> = {}): SiteLine {
  const site = parseSite({
    format: 'voip-ready/site/1',
    site: 'leeds',
    profile: 'pureconnect-rcm',
    farEnds: {},
    ...own,
  })
  if (!site.ok) throw new Error(JSON.stringify(site.error))
  const line = linesForSite(profile, site.value).find(({ requirement }) => requirement.id === id)
  if (line === undefined) throw new Error(`no line ${id}`)
  return line
}

describe('a site that says nothing', () => {
  test('lacks exactly the values that only it can know', () => {
    const site = parseSite({
      format: 'voip-ready/site/1',
      site: 'leeds',
      profile: 'pureconnect-rcm',
      farEnds: {},
    })
    if (!site.ok) throw new Error('well formed')
    const missing = linesForSite(profile, site.value).flatMap((line) =>
      line.missing === null ? [] : [`${line.requirement.id} ${line.missing}`],
    )
    expect(missing).toEqual([
      'VRN-7 peakCalls',
      'MAINT-01 ports.MAINT-01.hosts',
      'MAINT-02 ports.MAINT-02.hosts',
      'DNS-1 dns.records.DNS-1.value',
      'DNS-2 dns.records.DNS-2.value',
      'DNS-3 dns.records.DNS-3.value',
      'DNS-4 dns.records.DNS-4.value',
      'DNS-5 dns.records.DNS-5.value',
      'DNS-6 dns.records.DNS-6.value',
      'SRV-1 dns.records.SRV-1.target',
      'SRV-2 dns.records.SRV-2.target',
      'DHCP-3 primaryServer',
      'DER-4 ports.DER-4.hosts',
      'DER-5 ports.DER-5.hosts',
      'RCM-01 rtpPorts',
      'RCM-07 ports.RCM-07.hosts',
      'DER-6 rtpPorts',
    ])
  })
})

describe('what a site says takes the place of what the profile prints', () => {
  test('the range of voice', () => {
    const { requirement, missing } = lineOf('RCM-01', { rtpPorts: [16_384, 32_767] })
    expect([missing, requirement]).toMatchObject([null, { udp: [[16_384, 32_767]] }])
  })

  test('zones, in names and inside the provisioning URL', () => {
    const own = {
      dnsZone: 'voice.example',
      searchDomain: 'corp.example',
      dns: { asPrinted: true },
    }
    expect(lineOf('DNS-1', own).requirement).toMatchObject({ zone: 'corp.example' })
    expect(lineOf('DNS-3', own).requirement).toMatchObject({ zone: 'voice.example' })
    expect(lineOf('SRV-1', own).requirement).toMatchObject({ target: 'Server0001.voice.example' })
    expect(lineOf('DHCP-2', own).requirement).toMatchObject({
      expect: 'http://caasprovision.voice.example:8088',
    })
    expect(lineOf('DHCP-4', own).requirement).toMatchObject({ expect: 'Sip100.img' })
  })

  test('a zone with a dollar sign is a name, not a pattern', () => {
    expect(lineOf('DNS-3', { dnsZone: '$1.x$&' }).requirement).toMatchObject({ zone: '$1.x$&' })
  })

  test('records', () => {
    const records = { 'DNS-1': { name: 'ic1', value: '10.1.0.20' }, 'SRV-1': { target: 'ic1.x' } }
    expect(lineOf('DNS-1', { dns: { records } })).toMatchObject({
      missing: null,
      requirement: { name: 'ic1', value: '10.1.0.20' },
    })
    expect(lineOf('SRV-1', { dns: { records } })).toMatchObject({
      missing: null,
      requirement: { target: 'ic1.x', port: 5060, priority: 0, weight: 0 },
    })
  })

  test('options: the boot server and the VLAN from their own keys', () => {
    expect(lineOf('DHCP-3', { primaryServer: '10.1.0.20' })).toMatchObject({
      missing: null,
      requirement: { expect: '10.1.0.20' },
    })
    expect(lineOf('DHCP-5').requirement).toMatchObject({ match: 'if-present' })
    expect(lineOf('DHCP-5', { voiceVlan: 120 }).requirement).toMatchObject({
      match: 'exact',
      expect: '120',
    })
  })

  test('direction, match and hosts of a port row; a direction given is no assumption', () => {
    expect(lineOf('RCM-02')).toMatchObject({
      hosts: null,
      requirement: { initiator: 'dc', confidence: 'low', match: 'all' },
    })
    const ports = { 'RCM-02': { initiator: 'site', match: 'any', hosts: ['10.1.0.30'] } }
    expect(lineOf('RCM-02', { ports })).toMatchObject({
      hosts: ['10.1.0.30'],
      requirement: { initiator: 'site', confidence: 'high', match: 'any' },
    })
  })

  test('how a line is read follows what the site says of it', () => {
    const readingOf = (id: string, change = {}) => lineOf(id, change).requirement.reading
    expect(readingOf('DHCP-5')).toMatch(/May be absent where no VLAN is used/)
    expect(readingOf('DHCP-5', { voiceVlan: 120 })).toMatch(/^120, as the site file says/)
    const ports = { 'RCM-11': { initiator: 'site', match: 'any' } }
    expect(readingOf('RCM-11', { ports })).toBe(
      `${readingOf('RCM-11')} By the site file the site opens it. By the site file one of the ports is enough.`,
    )
  })

  test('a waived line is kept with its reason and no longer required', () => {
    const waive = { 'MON-HW-01': 'no voice gateway on this site' }
    expect(lineOf('MON-HW-01')).toMatchObject({ waived: null, requirement: { required: true } })
    expect(lineOf('MON-HW-01', { waive })).toMatchObject({
      waived: 'no voice gateway on this site',
      requirement: { required: false },
    })
  })

  test('never a limit', () => {
    expect(lineOf('VRN-3', { peakCalls: 40 }).requirement).toMatchObject({ limitMs: 150 })
  })
})
