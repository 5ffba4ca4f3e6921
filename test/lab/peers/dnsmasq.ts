import { writeFileSync } from 'node:fs'
import { requireProgram } from '../command.ts'
import type { Lab } from '../topology.ts'
import { listening, type Peer } from './peer.ts'

export interface DnsOptions {
  /** Address and names, as lines of a hosts file: one name may have several addresses. */
  readonly hosts?: readonly (readonly [address: string, ...names: string[]])[]
  readonly srv?: readonly SrvRecord[]
  /** Zones it answers alone: a name that is not there does not exist. */
  readonly zones?: readonly string[]
  /** Further lines of its configuration. */
  readonly extra?: readonly string[]
}

export interface SrvRecord {
  readonly name: string
  readonly target: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

export interface DhcpOptions {
  /** Interface of the host, that is: the neighbour it leads to. */
  readonly iface: string
  readonly first: string
  readonly last: string
  /** Option code to its value as dnsmasq writes it; strings that look like addresses need quotes. */
  readonly options: Readonly<Record<number, string>>
  /** Class identifier without which a client gets none of the options. */
  readonly onlyFor?: string
  /** Other interfaces that it must leave alone; default: links to other neighbours. */
  readonly elsewhere?: readonly string[]
}

/** The contract's own zone, with SRV targets that resolve: what an administrator meant to write. */
export const CAAS_ZONE: DnsOptions = {
  hosts: [
    ['192.168.0.1', 'server001.customer.local', 'server001.caas.local'],
    ['192.168.0.2', 'server002.customer.local', 'server002.caas.local'],
    ['192.168.0.1', 'caasprovision.caas.local'],
    ['192.168.0.2', 'caasprovision.caas.local'],
  ],
  srv: [srv('server001.caas.local'), srv('server002.caas.local')],
  zones: ['caas.local', 'customer.local'],
}

/** The contract's DHCP options; `dnsServer` answers for the zone, `vlan` is option 132. */
export function caasDhcpOptions(
  dnsServer: string,
  vlan: string | undefined = '100',
): DhcpOptions['options'] {
  return {
    6: dnsServer,
    66: '"192.168.0.1"',
    67: '"Sip100.img"',
    ...(vlan === undefined ? {} : { 132: `"${vlan}"` }),
    160: '"http://caasprovision.caas.local:8088"',
  }
}

/** DNS on port 53 of every address of `host`, and DHCP on one of its links when asked for. */
export async function startDnsmasq(
  lab: Lab,
  host: string,
  dns: DnsOptions = CAAS_ZONE,
  dhcp?: DhcpOptions,
): Promise<Peer> {
  const hosts = lab.file(`${host}-dnsmasq.hosts`)
  const config = lab.file(`${host}-dnsmasq.conf`)
  writeFileSync(hosts, (dns.hosts ?? []).map((line) => `${line.join(' ')}\n`).join(''))
  // A file and not arguments: only there do quotes tell a string from an address.
  const lines = [...dnsLines(dns, hosts), ...(dhcp === undefined ? [] : dhcpLines(lab, host, dhcp))]
  writeFileSync(config, `${lines.join('\n')}\n`)
  const child = lab.spawn(host, [
    ...[requireProgram('dnsmasq'), '--keep-in-foreground', `--conf-file=${config}`, '--pid-file'],
    ...['--user=root', '--log-queries', '--log-dhcp', '--log-facility=-'],
  ])
  const peer = { host, child }
  await listening(lab, peer, 'udp', 53)
  if (dhcp !== undefined) await listening(lab, peer, 'udp', 67)
  return peer
}

function dnsLines(dns: DnsOptions, hosts: string): readonly string[] {
  return [
    'no-resolv',
    'no-hosts',
    `addn-hosts=${hosts}`,
    ...(dns.zones ?? []).map((zone) => `local=/${zone}/`),
    ...(dns.extra ?? []),
    ...(dns.srv ?? []).map(
      ({ name, target, port, priority, weight }) =>
        `srv-host=${name},${target},${port},${priority},${weight}`,
    ),
  ]
}

/** Options are sent whether or not the client asks for them: phones differ in what they request. */
function dhcpLines(lab: Lab, host: string, dhcp: DhcpOptions): readonly string[] {
  const others = lab.neighbours(host).filter((name) => name !== dhcp.iface)
  const elsewhere = ['lo', ...(dhcp.elsewhere ?? others)]
  const tag = dhcp.onlyFor === undefined ? '' : 'tag:phones,'
  return [
    `dhcp-range=${dhcp.first},${dhcp.last},255.255.255.0,10m`,
    ...elsewhere.map((iface) => `no-dhcp-interface=${iface}`),
    'dhcp-authoritative',
    'no-ping',
    `dhcp-leasefile=${lab.file(`${host}-dnsmasq.leases`)}`,
    ...(dhcp.onlyFor === undefined ? [] : [`dhcp-vendorclass=set:phones,${dhcp.onlyFor}`]),
    ...Object.entries(dhcp.options).map(
      ([code, value]) => `dhcp-option-force=${tag}${code},${value}`,
    ),
  ]
}

function srv(target: string): SrvRecord {
  return { name: '_sip._udp.caas.local', target, port: 5060, priority: 0, weight: 0 }
}
