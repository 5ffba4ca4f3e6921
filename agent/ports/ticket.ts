import { linesForSite } from '../../shared/profile/lines.ts'
import type { RequirementOf } from '../../shared/profile/schema.ts'
import type { FarEndName } from '../../shared/profile/site.ts'
import { fateOf, type PortState, type PortsObservation } from '../../shared/record/ports.ts'
import { legsOf, rangesText, triedPairs } from '../../shared/verdict/ports.ts'
import type { LegName } from '../../shared/verdict/ruling.ts'
import type { RunInput } from '../check/input.ts'
import { indent } from '../cli/table.ts'

/** This host's address towards each far end. */
export type Sources = { readonly [F in FarEndName]?: string }

/** One line of a change request: ports of one protocol that are closed for one cause. */
interface TicketLine {
  readonly proto: 'tcp' | 'udp'
  readonly ports: string
  readonly why: string
  readonly rows: readonly string[]
}

/** What one firewall team is asked for at once: all that one source needs at one destination. */
export interface ChangeRequest {
  readonly source: string
  readonly destination: string
  readonly lines: readonly TicketLine[]
}

interface Closed {
  readonly source: string
  readonly destination: string
  readonly proto: 'tcp' | 'udp'
  readonly port: number
  readonly why: string
  readonly row: string
}

/** States that a change on the way can mend; a port that nobody holds is not a firewall's matter. */
const WHY: { readonly [S in PortState]?: string } = {
  filtered: 'dropped without an answer',
  refused: 'refused on the way or at the host',
  unreachable: 'refused by ICMP',
  intercepted: 'answered by something in between',
  'blocked-out': 'packets from site to data centre are dropped',
  'blocked-back': 'packets from data centre to site are dropped',
}

/** The ports still to open, grouped by source and destination; empty when nothing is. */
export function ticketOf(
  input: RunInput,
  seen: readonly PortsObservation[],
  sources: Sources,
): readonly ChangeRequest[] {
  const groups = new Map<string, Closed[]>()
  for (const closed of closedPorts(input, seen, sources)) {
    const key = `${closed.source} ${closed.destination}`
    groups.set(key, [...(groups.get(key) ?? []), closed])
  }
  return [...groups.values()].map((all) => ({
    source: all[0]?.source ?? '',
    destination: all[0]?.destination ?? '',
    lines: linesOf(all),
  }))
}

function closedPorts(
  { site, profile }: RunInput,
  seen: readonly PortsObservation[],
  sources: Sources,
): Closed[] {
  const lines = linesForSite(profile.profile, site).filter(({ waived }) => waived === null)
  return seen.flatMap((look) => {
    // Without a responder nobody knows whether anything listens there.
    if (look.farEnd !== 'none' && look.responder !== 'answers') return []
    const here = look.farEnd === 'none' ? undefined : sources[look.farEnd]
    const own = here ?? site.localAddress ?? 'agent'
    const ends = endsOf(look, own, site.site)
    const tried = lines.filter(({ hosts }) =>
      look.farEnd === 'none' ? hosts?.includes(look.target) : hosts === null,
    )
    return tried.flatMap(({ requirement }) =>
      requirement.kind === 'ports' ? closedOf(requirement, look, ends) : [],
    )
  })
}

type Ends = { readonly [L in LegName]: readonly [source: string, destination: string] }

/** Who opens to whom. Behind a NAT the far end can only open to the NAT, and a firewall beyond it sees that alone. */
function endsOf({ target, seenAs }: PortsObservation, own: string, site: string): Ends {
  if (seenAs === undefined) {
    return { out: [`${own} (${site})`, target], back: [target, `${own} (${site})`] }
  }
  return {
    out: [`${own}, behind a NAT as ${seenAs} (${site})`, target],
    back: [target, `${seenAs}, the NAT of ${own} (${site})`],
  }
}

function closedOf(row: RequirementOf<'ports'>, look: PortsObservation, ends: Ends): Closed[] {
  return legsOf(row).flatMap((leg) => {
    const [source, destination] = ends[leg]
    return triedPairs(row).flatMap((pair): Closed[] => {
      const fate = fateOf(look.legs[leg], pair.proto, pair.port)
      const reason = fate === undefined ? undefined : reasonOf(fate.state, leg, look)
      if (fate === undefined || reason === undefined) return []
      const why = fate.cause === '' ? reason : `${reason}: ${fate.cause}`
      return [{ source, destination, ...pair, why, row: row.id }]
    })
  })
}

/** What a change would have to mend: at a NAT it may be a mapping, where else it is a filter. */
function reasonOf(
  state: PortState,
  leg: LegName,
  { seenAs }: PortsObservation,
): string | undefined {
  const why = WHY[state]
  if (why === undefined || leg === 'out' || seenAs === undefined || state === 'blocked-out')
    return why
  return `not mapped at the NAT to the host behind it, or ${why}`
}

function linesOf(all: readonly Closed[]): TicketLine[] {
  const groups = new Map<string, Closed[]>()
  for (const closed of all) {
    const key = `${closed.proto} ${closed.why}`
    groups.set(key, [...(groups.get(key) ?? []), closed])
  }
  return [...groups.values()].map((same) => ({
    proto: same[0]?.proto ?? 'tcp',
    why: same[0]?.why ?? '',
    ports: rangesText(same.map(({ port }) => port)),
    rows: [...new Set(same.map(({ row }) => row))].sort(),
  }))
}

/** RFC 4180; the first line names the columns. */
export function renderTicketCsv(ticket: readonly ChangeRequest[]): string {
  const rows = ticket.flatMap(({ source, destination, lines }, at) =>
    lines.map(({ proto, ports, why, rows: ids }) =>
      [`CR-${at + 1}`, source, destination, proto, ports, why, ids.join(' ')].map(quoted).join(','),
    ),
  )
  return `${['request,source,destination,protocol,ports,why,rows', ...rows].join('\r\n')}\r\n`
}

/** Quoted where needed, and never taken for a formula by a spreadsheet. */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The same for people, ready to be pasted. */
export function renderTicketText(ticket: readonly ChangeRequest[], site: string): string {
  if (ticket.length === 0) return `site ${site}: no port that was tested needs to be opened\n`
  const blocks = ticket.flatMap(({ source, destination, lines }, at) => [
    `Change request ${at + 1}: allow ${source} to open connections to ${destination}, with replies`,
    ...lines.flatMap(({ proto, ports, why, rows }) => [
      ...indent(`${proto} ${ports}`, 100, 2),
      ...indent(`why: ${why}`, 100, 6),
      ...indent(`for: ${rows.join(', ')}`, 100, 6),
    ]),
    '',
  ])
  const head = `site ${site}: ${ticket.length} change request${ticket.length === 1 ? '' : 's'}`
  return `${[head, '', ...blocks].join('\n')}`
}
