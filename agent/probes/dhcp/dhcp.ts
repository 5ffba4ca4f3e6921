import { linesForSite } from '../../../shared/profile/lines.ts'
import type { RequirementOf } from '../../../shared/profile/schema.ts'
import type { DhcpObservation } from '../../../shared/record/dhcp.ts'
import type { DhcpIo, HostInterface } from '../../io/dhcp.ts'
import type { AskDns } from '../../io/dns.ts'
import type { TryHttp } from '../../io/http.ts'
import type { Probe, ProbeContext } from '../types.ts'
import { type AskedServers, askServers, type DhcpTiming, USUAL_TIMING } from './ask.ts'
import { lookUp, tryProvisioning } from './follow-up.ts'
import { wantedOptions } from './messages.ts'

/** The sockets of this probe (agent/io). */
export interface DhcpProbeIo {
  readonly dhcp: DhcpIo
  readonly askDns: AskDns
  readonly tryHttp: TryHttp
}

type DhcpLine = RequirementOf<'dhcp-option'>
type Chosen = NonNullable<DhcpObservation['interface']>

/**
 * Asks the DHCP servers of the phones' network for what phones get, and follows what they name: the
 * DNS servers are asked for the service zone, the provisioning address for HTTP. Takes no lease.
 */
export function dhcpProbe(io: DhcpProbeIo, timing: DhcpTiming = USUAL_TIMING): Probe {
  return {
    name: 'dhcp',
    kinds: ['dhcp-option'],
    async run(context, signal) {
      const lines = dhcpLines(context)
      if (lines.length === 0) return []
      const from = context.nowMs()
      const chosen = chooseInterface(io.dhcp.interfaces(), context)
      const vendorClass = context.site.dhcp?.vendorClass ?? null
      const asked = await ask(io, context, lines, chosen, timing, signal)
      context.progress('DHCP: what the servers name')
      const follow = lines.some(({ match }) => FOLLOWED.has(match))
      const lookups = follow ? await lookUp(io.askDns, context, lines, asked.replies, signal) : []
      const http = await tryProvisioning(io.tryHttp, asked.replies, lines, lookups, signal)
      const seen: DhcpObservation = {
        ...{ kind: 'dhcp', farEnd: 'none', from, to: Math.max(from, context.nowMs()) },
        interface: chosen === null ? null : { ...chosen.seen },
        vendorClass,
        obstacle: chosen === null ? NO_INTERFACE : asked.obstacle,
        attempts: [...asked.attempts],
        replies: [...asked.replies],
        ...{ more: asked.more, ignored: asked.ignored, malformed: asked.malformed },
        lookups: [...lookups],
        http: [...http],
      }
      return [seen]
    },
  }
}

/** Lines whose value leads further: name servers to ask, a URL to try. */
const FOLLOWED: ReadonlySet<DhcpLine['match']> = new Set(['present', 'exact-host-case-insensitive'])

const NO_INTERFACE: DhcpObservation['obstacle'] = {
  code: 'no-interface',
  detail: 'no such interface with an IPv4 address on this host',
}

function dhcpLines({ profile, site, only }: ProbeContext): readonly DhcpLine[] {
  return linesForSite(profile, site).flatMap(({ requirement, missing, waived }) => {
    if (missing !== null || waived !== null || only?.has(requirement.id) === false) return []
    return requirement.kind === 'dhcp-option' ? [requirement] : []
  })
}

/** The interface that the site file names, by name or by address; else the first that has IPv4. */
function chooseInterface(
  all: readonly HostInterface[],
  { site }: ProbeContext,
): { readonly from: HostInterface; readonly seen: Chosen } | null {
  const { localAddress } = site
  const name = site.dhcp?.interface
  const named = name !== undefined || localAddress !== undefined
  const from =
    name !== undefined
      ? (all.find((one) => one.name === name && one.address === localAddress) ??
        all.find((one) => one.name === name))
      : localAddress !== undefined
        ? all.find(({ address }) => address === localAddress)
        : all[0]
  if (from === undefined) return null
  const chosen = named ? 'site' : all.length === 1 ? 'only' : 'first'
  return { from, seen: { name: from.name, address: from.address, chosen } }
}

async function ask(
  io: DhcpProbeIo,
  context: ProbeContext,
  lines: readonly DhcpLine[],
  chosen: { readonly from: HostInterface } | null,
  timing: DhcpTiming,
  signal: AbortSignal,
): Promise<AskedServers> {
  if (chosen === null) {
    return { obstacle: null, attempts: [], replies: [], more: 0, ignored: 0, malformed: 0 }
  }
  context.progress(`DHCP: asking on ${chosen.from.name}`)
  return askServers({
    ...{ io: io.dhcp, from: chosen.from, wanted: wantedOptions(lines), timing, signal },
    vendorClass: context.site.dhcp?.vendorClass ?? null,
    discover: context.site.dhcp?.discover ?? true,
  })
}
