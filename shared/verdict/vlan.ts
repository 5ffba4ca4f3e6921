import type { RequirementOf } from '../profile/schema.ts'
import type { Site } from '../profile/site.ts'
import type { DhcpObservation } from '../record/dhcp.ts'
import { optionNumbers } from '../record/dhcp-option.ts'
import { dhcpOf, linksOf } from '../record/kinds.ts'
import type { LinkObservation } from '../record/link.ts'
import { dscpName } from './dscp-name.ts'
import type { Finding } from './finding.ts'
import type { JudgedLine } from './judged-line.ts'
import { paperText } from './paper-text.ts'
import { findingOf, joinDetail, NO_SCALE, type Ruling } from './ruling.ts'
import type { Scene } from './scene.ts'
import { judgeUntested } from './untested.ts'

/** Option that tells phones their voice VLAN. */
const VLAN_OPTION = 132

/** Somebody who names the voice VLAN; several ids where its octets can be read in several ways. */
interface Source {
  readonly who: string
  readonly ids: readonly number[]
}

/**
 * The voice VLAN (VRN-8): DHCP option 132, LLDP-MED, the 802.1Q id of the own interface and the site
 * file must not contradict each other. The vendor's own values are not in the contract, so a pass
 * needs the site's value and another source that agrees with it; fewer leave the line open.
 */
export function judgeVlan(
  line: RequirementOf<'vlan'>,
  scene: Scene,
  judged: JudgedLine,
): readonly Finding[] {
  const link = linksOf(scene.observations).at(-1) ?? null
  const dhcp = dhcpOf(scene.observations)
  if (link === null && dhcp === null) return judgeUntested(judged, scene)
  const { detail, ...ruling } = ruleVlan(scene.site, link, dhcp)
  const told = { ...ruling, detail: joinDetail(detail, paperText(line)) }
  return [findingOf(line, { leg: 'none', farEnd: 'none' }, NO_SCALE, told)]
}

function ruleVlan(
  site: Site | null,
  link: LinkObservation | null,
  dhcp: DhcpObservation | null,
): Ruling {
  const own = site?.voiceVlan
  const siteSource = own === undefined ? [] : [{ who: 'site file', ids: [own] }]
  const observed = [...dhcpSources(dhcp), ...lldpSources(link), ...interfaceSources(link)]
  const sources: readonly Source[] = [...siteSource, ...observed]
  const told = sources.map(({ who, ids }) => `${who} ${ids.join(' or ')}`).join(', ')
  const detail = joinDetail(told, policyText(link), missingText(site, link, dhcp))
  const n = sources.length
  if (contradict(sources)) return { verdict: 'fail', reason: 'vlan-contradiction', detail, n }
  if (own === undefined || observed.length === 0) {
    return { verdict: 'inconclusive', reason: 'vlan-unconfirmed', detail, n }
  }
  return { verdict: 'pass', reason: 'vlan-agrees', detail, n }
}

function contradict(sources: readonly Source[]): boolean {
  return sources.some((a, at) =>
    sources.slice(at + 1).some((b) => !a.ids.some((id) => b.ids.includes(id))),
  )
}

function dhcpSources(dhcp: DhcpObservation | null): Source[] {
  return (dhcp?.replies ?? []).flatMap((reply) => {
    const option = reply.options.find(({ code }) => code === VLAN_OPTION)
    if (option === undefined || option.cut > 0) return []
    const ids = optionNumbers(option).map((reading) => reading.value)
    return ids.length === 0
      ? []
      : [{ who: `option 132 of ${reply.server}`, ids: [...new Set(ids)] }]
  })
}

function lldpSources(link: LinkObservation | null): Source[] {
  return (link?.lldp.neighbours ?? []).flatMap(({ name, voice, interface: on }) => {
    if (voice === null || !voice.tagged || voice.vlan === null) return []
    return [{ who: `LLDP-MED of ${name ?? 'the neighbour'} on ${on}`, ids: [voice.vlan] }]
  })
}

function interfaceSources(link: LinkObservation | null): Source[] {
  return (link?.interfaces ?? []).flatMap(({ name, vlan }) =>
    vlan === null ? [] : [{ who: `802.1Q id of ${name}`, ids: [vlan] }],
  )
}

/** Priority and mark that LLDP-MED hands to phones: shown, since VLAN settings alone are judged here. */
function policyText(link: LinkObservation | null): string {
  const texts = (link?.lldp.neighbours ?? []).flatMap(({ voice }) => {
    if (voice === null) return []
    const tag = voice.tagged ? '' : 'untagged, '
    const dscp = voice.dscp === null ? 'no DSCP' : `DSCP ${dscpName(voice.dscp)}`
    return [`LLDP-MED hands phones ${tag}priority ${voice.priority ?? 'none'}, ${dscp}`]
  })
  return [...new Set(texts)].slice(0, 2).join('; ')
}

const LLDP_LACKS: { readonly [S in LinkObservation['lldp']['state']]: string } = {
  read: 'an LLDP-MED voice policy',
  'no-program': 'LLDP (lldpd is not installed here)',
  'no-daemon': 'LLDP (lldpd does not run here)',
  'not-permitted': 'LLDP (this user may not ask lldpd)',
  malformed: 'LLDP (lldpcli printed what cannot be read)',
}

function missingText(
  site: Site | null,
  link: LinkObservation | null,
  dhcp: DhcpObservation | null,
): string {
  const lldp = link?.lldp
  const policies = lldp?.neighbours.some((one) => one.voice?.tagged === true) === true
  const parts = [
    site?.voiceVlan === undefined ? 'voiceVlan of the site file' : '',
    dhcpSources(dhcp).length === 0 ? dhcpLacks(dhcp) : '',
    policies ? '' : lldp === undefined ? 'LLDP' : LLDP_LACKS[lldp.state],
    interfaceSources(link).length === 0 ? 'an 802.1Q id of an own interface' : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? '' : `not seen: ${parts.join(', ')}`
}

function dhcpLacks(dhcp: DhcpObservation | null): string {
  if (dhcp === null) return 'DHCP option 132 (nobody asked)'
  if (dhcp.obstacle !== null) return `DHCP option 132 (${dhcp.obstacle.code})`
  return dhcp.replies.length === 0 ? 'DHCP option 132 (no server answered)' : 'DHCP option 132'
}
