import * as v from 'valibot'
import type { ProfileInput } from '../../../shared/profile/schema.ts'
import { type DhcpObservation, DhcpObservationSchema } from '../../../shared/record/dhcp.ts'
import {
  type DnsAnswer,
  type DnsObservation,
  DnsObservationSchema,
} from '../../../shared/record/dns.ts'
import type { Observation } from '../../../shared/record/kinds.ts'
import type { JudgeInput } from '../../../shared/verdict/judge.ts'
import { judged, MINUTE, profileWith, START, siteWith } from './scenes.ts'

/** Hand-built looks at DNS and DHCP: two name servers and one DHCP server, all right unless said. */
const LINE = {
  ...{ line: 1, printed: 'printed', reading: 'reading', title: 'title' },
  ...{ required: true, farEnds: 'none' as const },
}
const A = { ...LINE, kind: 'dns-a' as const, zone: 'svc.local' }
const SRV = {
  ...{ ...LINE, kind: 'dns-srv' as const, zone: 'svc.local', name: '_sip._udp' },
  ...{ priority: 0, weight: 0, port: 5060 },
}
const OPTION = { ...LINE, kind: 'dhcp-option' as const, scope: 'phones' }
export const URL = 'http://prov.svc.local:8088'

const NAMING_LINES: ProfileInput['requirements'] = [
  { ...A, id: 'DNS-1', zone: 'home.local', name: 'one', value: '192.0.2.1' },
  { ...A, id: 'DNS-3', name: 'one', value: '192.0.2.1' },
  { ...A, id: 'DNS-5', name: 'prov', value: '192.0.2.1' },
  { ...A, id: 'DNS-6', name: 'prov', value: '192.0.2.2', example: true },
  { ...SRV, id: 'SRV-1', target: 'one.svc.local' },
  { ...SRV, id: 'SRV-2', target: 'two.svc.local' },
  { ...OPTION, id: 'DHCP-1', option: 6, type: 'ipv4-list', match: 'present' },
  {
    ...{ ...OPTION, id: 'DHCP-2', option: 160, type: 'string', expect: URL },
    match: 'exact-host-case-insensitive',
  },
  { ...OPTION, id: 'DHCP-4', option: 67, type: 'string', expect: 'Sip100.img', match: 'exact' },
  { ...OPTION, id: 'DHCP-5', option: 132, type: 'vlan-id', match: 'if-present' },
]

export const NAMING_PROFILE = profileWith({
  dns: { serviceZone: 'svc.local', searchDomain: 'home.local' },
  requirements: NAMING_LINES,
})
/** Without DNS-6's value: one record of `prov` is nobody's business. */
export const NAMING_SITE = siteWith({ dns: { records: { 'DNS-6': { value: '192.0.2.2' } } } })
export const SERVERS = ['198.51.100.1', '198.51.100.2'] as const

/** One answer; with addresses or services it is a right one, else `outcome` says what it is. */
export function answer(
  name: string,
  change: Partial<DnsAnswer> = {},
  server: string = SERVERS[0],
): DnsAnswer {
  return {
    ...{ server, name, type: 'A', outcome: 'answer', transport: 'udp', rcode: 0 },
    ...{ authoritative: true, truncated: false, addresses: [], services: [], aliases: [] },
    ...{ more: 0, ms: 1.25, ignored: 0, detail: '' },
    ...change,
  }
}

type Service = DnsAnswer['services'][number]
export const service = (target: string, change: Partial<Service> = {}): Service => {
  return { priority: 0, weight: 0, port: 5060, target, ...change }
}

const RIGHT: readonly (readonly [string, Partial<DnsAnswer>])[] = [
  ['one.home.local', { addresses: ['192.0.2.1'] }],
  ['one.svc.local', { addresses: ['192.0.2.1'] }],
  ['prov.svc.local', { addresses: ['192.0.2.2', '192.0.2.1'] }],
  ['two.svc.local', { addresses: ['192.0.2.2'] }],
  [
    '_sip._udp.svc.local',
    { type: 'SRV', services: [service('Two.svc.local'), service('ONE.svc.local')] },
  ],
]

/** What both servers say; `changes` replaces the answers for a name at the first server. */
export function dns(
  changes: { readonly [name: string]: Partial<DnsAnswer> } = {},
  change: Partial<DnsObservation> = {},
): DnsObservation {
  const answers = SERVERS.flatMap((server) =>
    RIGHT.map(([name, right]) => {
      const other = server === SERVERS[0] ? changes[name] : undefined
      return answer(name, { ...right, ...other }, server)
    }),
  )
  return v.parse(DnsObservationSchema, {
    ...{ kind: 'dns', farEnd: 'none', from: START, to: START + MINUTE / 2 },
    servers: SERVERS.map((address) => ({ address, origins: ['site'] })),
    search: { host: [], dhcp: ['Home.Local'] },
    ...{ answers, skipped: 0, system: [] },
    ...change,
  })
}

/** The same change at both servers. */
export function dnsBoth(name: string, change: Partial<DnsAnswer>): DnsObservation {
  const seen = dns()
  const answers = seen.answers.map((one) => (one.name === name ? { ...one, ...change } : one))
  return { ...seen, answers }
}

export const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex')

type Reply = DhcpObservation['replies'][number]

const OPTIONS = { 6: 'c6336401', 67: hexOf('Sip100.img'), 132: hexOf('100'), 160: hexOf(URL) }

/** What one server answers; null takes an option away. */
export function reply(
  options: { readonly [code: number]: string | null } = {},
  change: Partial<Reply> = {},
): Reply {
  const all = Object.entries({ ...OPTIONS, ...options }).filter(([, hex]) => hex !== null)
  const server = change.server ?? '203.0.113.1'
  return {
    ...{ server, source: server, method: 'inform-broadcast', type: 'ack', offered: null },
    options: all.map(([code, hex]) => ({ code: Number(code), hex: hex ?? '', cut: 0 })),
    codes: all.map(([code]) => Number(code)),
    ...{ serverName: '', bootFile: '', ms: 2 },
    ...change,
  }
}

export function dhcp(change: Partial<DhcpObservation> = {}): DhcpObservation {
  return v.parse(DhcpObservationSchema, {
    ...{ kind: 'dhcp', farEnd: 'none', from: START, to: START + MINUTE / 2 },
    interface: { name: 'eth0', address: '203.0.113.9', chosen: 'site' },
    ...{ vendorClass: 'phone', obstacle: null },
    attempts: [{ method: 'inform-broadcast', to: '255.255.255.255', sent: 2, problem: '' }],
    ...{ replies: [reply()], more: 0, ignored: 0, malformed: 0 },
    lookups: [answer('prov.svc.local', { addresses: ['192.0.2.1', '192.0.2.2'] })],
    http: ['192.0.2.1', '192.0.2.2'].map((address) => {
      return { address, port: 8088, outcome: 'http', status: 404, ms: 3 }
    }),
    ...change,
  })
}

/** `fail dns-extra` of one line, judged with all others. */
export function namingVerdict(
  seen: readonly Observation[],
  id: string,
  change: Partial<JudgeInput> = {},
): string {
  const { verdict, reason } = namingFinding(seen, id, change)
  return `${verdict} ${reason}`
}

export function namingFinding(
  seen: readonly Observation[],
  id: string,
  change: Partial<JudgeInput> = {},
) {
  const input = { profile: NAMING_PROFILE, site: NAMING_SITE, ...change }
  const found = judged(seen, input).findings.find((one) => one.id === id)
  if (found === undefined) throw new Error(`no finding ${id}`)
  return found
}
