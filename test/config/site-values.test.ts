import { expect, test } from 'vitest'
import { loadProfile } from '../../config/load.ts'
import { checkSite, parseSite } from '../../shared/profile/parse.ts'
import { pathText } from '../../shared/profile/problem.ts'

const { profile } = await loadProfile('pureconnect-rcm')
const SITE = {
  ...{ format: 'voip-ready/site/1', site: 'leeds', profile: 'pureconnect-rcm' },
  farEnds: { primary: { reflector: '10.1.0.10' } },
}

function said(change: object): string[] {
  const site = parseSite({ ...SITE, ...change })
  if (!site.ok) throw new Error(JSON.stringify(site.error))
  return checkSite(site.value, profile).map(
    ({ path, wanted, found, repair }) =>
      `${pathText(path, site.value)}: ${wanted}; ${found}; ${repair}`,
  )
}

const NAME = 'a name that DNS can carry: letters, digits and hyphens between dots'

test('a far end may have a name of any script: whoever looks it up asks in ASCII', () => {
  const named = (reflector: string) => said({ farEnds: { primary: { reflector } } })
  expect(named('münchen.example')).toEqual([])
  expect(named('दिल्ली.example')).toEqual([])
  expect(named('mün chen.example')).toHaveLength(1)
})

test.each([
  [
    { dnsZone: 'PureConnect Cloud.Local' },
    `dnsZone: ${NAME}; "PureConnect Cloud.Local"; the source's examples say CaaS.Local`,
  ],
  [{ searchDomain: 'example..local' }, `searchDomain: ${NAME}; "example..local"; write the domain`],
  [
    { dns: { records: { 'DNS-3': { name: 'voice 1' } } } },
    `dns.records.DNS-3.name: ${NAME}; "voice 1"; write the name of the record`,
  ],
  [
    { dns: { records: { 'SRV-1': { target: 'http://voice1' } } } },
    `dns.records.SRV-1.target: ${NAME}; "http://voice1"; write the name of the host`,
  ],
  [
    { ports: { 'RCM-07': { hosts: ['10.9.0.1', 'tsra.example.net:9352'] } } },
    'ports.RCM-07.hosts[1]: an address or name alone; "tsra.example.net:9352"; write tsra.example.net: the row has its ports',
  ],
  [
    { dhcp: { options: { 'DHCP-5': '4096' } } },
    'dhcp.options.DHCP-5: a number from 0 to 4095; "4096"; mend the value',
  ],
  [
    { dhcp: { options: { 'DHCP-1': 'ns1.caas.local' } } },
    'dhcp.options.DHCP-1: IPv4 addresses; "ns1.caas.local"; mend the value',
  ],
  [
    { dhcp: { options: { 'DHCP-3': 'server001' } } },
    'dhcp.options.DHCP-3: an IPv4 address; "server001"; mend the value',
  ],
  [
    { dhcp: { options: { 'DHCP-2': 'caasprovision:8088' } } },
    'dhcp.options.DHCP-2: a URL with its scheme, as http://host:8088; "caasprovision:8088"; mend the value',
  ],
  [
    { voiceVlan: 120, dhcp: { options: { 'DHCP-5': '100' } } },
    'dhcp.options.DHCP-5: 120, as voiceVlan says; "100"; remove one of the two',
  ],
  [
    { primaryServer: '10.1.0.20', dhcp: { options: { 'DHCP-3': '10.1.0.21' } } },
    'dhcp.options.DHCP-3: 10.1.0.20, as primaryServer says; "10.1.0.21"; remove one of the two',
  ],
])('a slip that would convict a server is told instead: %j', (change, message) => {
  expect(said(change)).toEqual([message])
})

test.each([
  { dnsZone: 'caas.local', searchDomain: 'corp-2.example.' },
  { dns: { records: { 'SRV-1': { name: '_sip._udp', target: 'voice1.caas.local.' } } } },
  { ports: { 'RCM-07': { hosts: ['tsra.example.net', '10.9.0.1', '2001:db8::1', '::1'] } } },
  { voiceVlan: 0, dhcp: { options: { 'DHCP-5': '000' } } },
  { dhcp: { options: { 'DHCP-5': '4095', 'DHCP-1': '10.1.0.53, 10.1.0.54' } } },
  { dhcp: { options: { 'DHCP-2': 'https://provision.example', 'DHCP-4': 'Sip100.img' } } },
])('what a network can answer is taken: %j', (change) => {
  expect(said(change)).toEqual([])
})
