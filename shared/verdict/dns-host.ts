import type { RequirementOf } from '../profile/schema.ts'
import { type DnsAnswer, type DnsObservation, sameCase } from '../record/dns.ts'
import { fullNameOf } from './naming.ts'
import type { Scene } from './scene.ts'

type DnsLine = RequirementOf<'dns-a'> | RequirementOf<'dns-srv'>

/**
 * Whether the short name leads to this record: DHCP hands the zone out as a search suffix, or this
 * host's own resolver finds it by the short name. Lines outside the search domain need no proof.
 */
export function shortNameProven(
  line: RequirementOf<'dns-a'>,
  seen: DnsObservation,
  { profile, site }: Scene,
): boolean {
  const domain = site?.searchDomain ?? profile.dns?.searchDomain
  const zone = sameCase(line.zone)
  if (domain === undefined || sameCase(domain) !== zone) return true
  if (seen.search.dhcp.some((suffix) => sameCase(suffix) === zone)) return true
  return seen.system.some(
    ({ name, addresses }) =>
      sameCase(name) === sameCase(line.name) && addresses.includes(line.value),
  )
}

/** What stands beside the verdict: times, who named the servers, aliases, TCP, and this host's view. */
export function dnsNotes(
  line: DnsLine,
  seen: DnsObservation,
  answers: readonly DnsAnswer[],
): readonly string[] {
  const times = answers.flatMap(({ ms }) => (ms === null ? [] : [ms]))
  const hostsOwn = seen.servers.every(({ origins }) => origins.every((one) => one === 'host'))
  const aliases = [...new Set(answers.flatMap((answer) => answer.aliases))]
  const ignored = answers.reduce((sum, answer) => sum + answer.ignored, 0)
  return [
    times.length === 0 ? '' : `slowest answer ${Math.max(...times).toPrecision(2)} ms`,
    aliases.length === 0 ? '' : `through the alias ${aliases.join(', ')}`,
    answers.some(({ truncated }) => truncated) ? 'cut off on UDP, asked by TCP' : '',
    ignored === 0 ? '' : `${ignored} datagrams not believed`,
    hostsOwn ? "asked this host's own servers: neither DHCP nor the site file names any" : '',
    localNote(line, seen),
  ]
}

/** `.local` belongs to multicast DNS (RFC 6762): what this host's resolver does with it is told apart. */
function localNote(line: DnsLine, seen: DnsObservation): string {
  if (line.kind !== 'dns-a' || !/(^|\.)local$/.test(sameCase(line.zone))) return ''
  const own = seen.system.find(({ name }) => sameCase(name) === sameCase(fullNameOf(line)))
  if (own === undefined) return ''
  if (own.addresses.includes(line.value)) return "this host's resolver finds it too"
  if (own.outcome === 'answer') return `this host's resolver says ${own.addresses.join(', ')}`
  return "this host's own resolver does not find it (.local is multicast DNS's, RFC 6762)"
}
