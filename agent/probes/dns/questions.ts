import { linesForSite } from '../../../shared/profile/lines.ts'
import type { RequirementOf } from '../../../shared/profile/schema.ts'
import { optionAddresses, optionNames } from '../../../shared/record/dhcp-option.ts'
import type { DnsObservation, ServerOrigin } from '../../../shared/record/dns.ts'
import { sameCase } from '../../../shared/record/dns.ts'
import { dhcpOf } from '../../../shared/record/kinds.ts'
import type { DnsQuestion } from '../../io/dns-message.ts'
import type { ProbeContext } from '../types.ts'

type DnsLine = RequirementOf<'dns-a'> | RequirementOf<'dns-srv'>
type Servers = DnsObservation['servers']

const MOST_SERVERS = 8
const SEARCH_OPTION = 119
const DOMAIN_OPTION = 15
const SERVERS_OPTION = 6

/** The lines that can be looked at here: wanted, not waived, and with the site's own values. */
export function dnsLines({ profile, site, only }: ProbeContext): readonly DnsLine[] {
  return linesForSite(profile, site).flatMap(({ requirement, missing, waived }) => {
    if (missing !== null || waived !== null || only?.has(requirement.id) === false) return []
    return requirement.kind === 'dns-a' || requirement.kind === 'dns-srv' ? [requirement] : []
  })
}

/** Every full name once per type: lines share names (two addresses of one host). */
export function questionsOf(lines: readonly DnsLine[]): readonly DnsQuestion[] {
  const questions = lines.map(({ kind, name, zone }) => ({
    name: `${name}.${zone}`.replace(/\.$/, ''),
    type: kind === 'dns-a' ? ('A' as const) : ('SRV' as const),
  }))
  return distinctBy(questions, ({ name, type }) => `${type} ${sameCase(name)}`)
}

/**
 * Which servers to ask: those that DHCP names to the phones and those that the site file names; this
 * host's own only where neither names any.
 */
export function serversOf(context: ProbeContext, host: readonly string[]): Servers {
  const named = [
    ...dhcpServers(context).map((address) => [address, 'dhcp'] as const),
    ...(context.site.dns?.servers ?? []).map((address) => [address, 'site'] as const),
  ]
  const all = named.length > 0 ? named : host.map((address) => [address, 'host'] as const)
  const origins = new Map<string, Set<ServerOrigin>>()
  for (const [address, origin] of all)
    origins.set(address, (origins.get(address) ?? new Set()).add(origin))
  return [...origins]
    .slice(0, MOST_SERVERS)
    .map(([address, from]) => ({ address, origins: [...from] }))
}

/** Search suffixes that DHCP hands out: the list (option 119), or else the domain (option 15). */
export function dhcpSearch({ earlier }: ProbeContext): readonly string[] {
  const names = (dhcpOf(earlier)?.replies ?? []).flatMap(({ options }) => {
    const option =
      options.find(({ code }) => code === SEARCH_OPTION) ??
      options.find(({ code }) => code === DOMAIN_OPTION)
    return option === undefined ? [] : optionNames(option.code, option)
  })
  return distinctBy(names, sameCase).slice(0, 8)
}

function dhcpServers({ earlier }: ProbeContext): readonly string[] {
  return (dhcpOf(earlier)?.replies ?? [])
    .flatMap(({ options }) => options.filter(({ code }) => code === SERVERS_OPTION))
    .flatMap((option) => optionAddresses(option) ?? [])
}

/**
 * Names to ask this host's own resolver: the short names of the search domain, then full names under
 * `.local`, which some systems look for by multicast alone (RFC 6762).
 */
export function systemNames(
  lines: readonly DnsLine[],
  { profile, site }: ProbeContext,
): readonly string[] {
  const domain = sameCase(site.searchDomain ?? profile.dns?.searchDomain ?? '')
  const hosts = lines.filter(({ kind }) => kind === 'dns-a')
  const short = hosts.filter(({ zone }) => sameCase(zone) === domain).map(({ name }) => name)
  const local = hosts
    .filter(({ zone }) => /(^|\.)local$/.test(sameCase(zone)))
    .map(({ name, zone }) => `${name}.${zone}`)
  return distinctBy([...short, ...local], sameCase).slice(0, 16)
}

function distinctBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const seen = new Set<string>()
  return items.filter((item) => !seen.has(keyOf(item)) && seen.add(keyOf(item)))
}
