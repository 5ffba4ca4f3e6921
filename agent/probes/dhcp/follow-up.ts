import { linesForSite } from '../../../shared/profile/lines.ts'
import { provisioningUrl } from '../../../shared/profile/provisioning-url.ts'
import type { RequirementOf } from '../../../shared/profile/schema.ts'
import type { DhcpReply, HttpTry } from '../../../shared/record/dhcp.ts'
import { optionAddresses, optionText } from '../../../shared/record/dhcp-option.ts'
import { type DnsAnswer, sameCase } from '../../../shared/record/dns.ts'
import type { AskDns, DnsAsked } from '../../io/dns.ts'
import type { HttpTarget, TryHttp } from '../../io/http.ts'
import { inParallel } from '../../io/limited.ts'
import type { ProbeContext } from '../types.ts'

type DhcpLine = RequirementOf<'dhcp-option'>

const MOST_SERVERS = 6
const MOST_NAMES = 5
const MOST_TRIES = 16
const AT_ONCE = 16

/** Whether the DNS servers that DHCP names hold the service zone: the names there, asked of each. */
export async function lookUp(
  ask: AskDns,
  context: ProbeContext,
  lines: readonly DhcpLine[],
  replies: readonly DhcpReply[],
  signal: AbortSignal,
): Promise<readonly DnsAnswer[]> {
  const servers = unique(valuesOf(replies, 6, (o) => optionAddresses(o) ?? []))
  const known = servers.length > 0 ? servers : (context.site.dns?.servers ?? [])
  const names = namesToAsk(context, lines, replies)
  const asked = known
    .slice(0, MOST_SERVERS)
    .flatMap((server) => names.map((name): DnsAsked => ({ server, name, type: 'A' })))
  const answers = await inParallel(asked, AT_ONCE, (one) => ask(one, signal), signal)
  return answers.filter((one) => one !== undefined)
}

/** Each address that a provisioning host resolved to, at the port of its URL. */
export async function tryProvisioning(
  tryHttp: TryHttp,
  replies: readonly DhcpReply[],
  lines: readonly DhcpLine[],
  lookups: readonly DnsAnswer[],
  signal: AbortSignal,
): Promise<readonly HttpTry[]> {
  const urls = receivedUrls(lines, replies)
  const targets = urls.flatMap(({ host, port, path }) => {
    const literal = /^\d+\.\d+\.\d+\.\d+$/.test(host) ? [host] : []
    const found = lookups.filter(({ name }) => sameCase(name) === sameCase(host))
    const addresses = unique([...literal, ...found.flatMap(({ addresses: own }) => own)])
    return addresses.map((address): HttpTarget => ({ address, port, host, path }))
  })
  const kept = targets.filter(
    (one, i) => targets.findIndex((o) => o.address === one.address && o.port === one.port) === i,
  )
  const first = kept.slice(0, MOST_TRIES)
  const tries = await inParallel(first, AT_ONCE, (target) => tryHttp(target, signal), signal)
  return tries.filter((one) => one !== undefined)
}

/** The provisioning hosts, wanted and received, and the names of the service zone that are known here. */
function namesToAsk(
  context: ProbeContext,
  lines: readonly DhcpLine[],
  replies: readonly DhcpReply[],
): readonly string[] {
  const { profile, site } = context
  const all = linesForSite(profile, site)
  // Of lines that are not asked for, too: by them the zone is known where the site file names no record.
  const wanted = all.flatMap(({ requirement, missing }) =>
    requirement.kind === 'dhcp-option' && missing === null
      ? (provisioningUrl(requirement.expect ?? '')?.host ?? [])
      : [],
  )
  const received = receivedUrls(lines, replies).map(({ host }) => host)
  const zone = sameCase(site.dnsZone ?? profile.dns?.serviceZone ?? '')
  const inZone = all.flatMap(({ requirement, missing }) =>
    requirement.kind === 'dns-a' && missing === null && sameCase(requirement.zone) === zone
      ? [`${requirement.name}.${requirement.zone}`]
      : [],
  )
  const hosts = unique([...wanted, ...received, ...inZone].map(sameCase))
  return hosts.filter((host) => !/^[\d.]+$/.test(host)).slice(0, MOST_NAMES)
}

function receivedUrls(lines: readonly DhcpLine[], replies: readonly DhcpReply[]) {
  const codes = lines.filter(({ match }) => match === 'exact-host-case-insensitive')
  return codes
    .flatMap(({ option }) => valuesOf(replies, option, (o) => [optionText(o) ?? '']))
    .flatMap((text) => provisioningUrl(text) ?? [])
}

function valuesOf(
  replies: readonly DhcpReply[],
  code: number,
  read: (option: DhcpReply['options'][number]) => readonly string[],
): readonly string[] {
  return replies.flatMap(({ options }) => options.filter((o) => o.code === code).flatMap(read))
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
