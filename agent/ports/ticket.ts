import { linesForSite } from '../../shared/profile/lines.ts'
import { expandPorts, type PortPair } from '../../shared/profile/ports.ts'
import type { RequirementOf } from '../../shared/profile/schema.ts'
import type { FarEndName } from '../../shared/profile/site.ts'
import { fateOf, type PortState, type PortsObservation } from '../../shared/record/ports.ts'
import type { Finding } from '../../shared/verdict/finding.ts'
import { isElsewhere, legsOf, rangesText, triedPairs } from '../../shared/verdict/ports.ts'
import type { LegName } from '../../shared/verdict/ruling.ts'
import { farEndsOf } from '../../shared/verdict/scene.ts'
import type { RunInput } from '../check/input.ts'
import { indentUnbroken, wrap } from '../cli/table.ts'

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

/** Ports of a row that are to be opened for one cause. */
interface Shut {
  readonly proto: 'tcp' | 'udp'
  readonly ports: readonly number[]
  readonly why: string
}

interface Closed extends Shut {
  readonly source: string
  readonly destination: string
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
    // A row of no far end (the site's own DNS or DHCP) asks for nothing there, whatever was seen.
    const tried = lines.filter(({ requirement, hosts }) =>
      look.farEnd === 'none'
        ? hosts?.includes(look.target)
        : hosts === null && farEndsOf(requirement).includes(look.farEnd),
    )
    return tried.flatMap(({ requirement }) =>
      requirement.kind === 'ports' && !isElsewhere(requirement, look)
        ? closedOf(requirement, look, ends)
        : [],
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
    const tried = triedPairs(row)
    const open = tried.some((pair) => stateOf(pair, leg, look) === 'open')
    if (row.match === 'any' && open) return []
    const shut = tried.flatMap((pair) => shutOf(pair, leg, look))
    const asked = row.dynamic ? wholeRange(row, shut, tried.length) : shut
    return asked.map((one): Closed => ({ source, destination, ...one, row: row.id }))
  })
}

function stateOf({ proto, port }: PortPair, leg: LegName, look: PortsObservation) {
  return fateOf(look.legs[leg], proto, port)?.state
}

function shutOf({ proto, port }: PortPair, leg: LegName, look: PortsObservation): Shut[] {
  const fate = fateOf(look.legs[leg], proto, port)
  const reason = fate === undefined ? undefined : reasonOf(fate.state, leg, look)
  if (fate === undefined || reason === undefined) return []
  return [{ proto, ports: [port], why: fate.cause === '' ? reason : `${reason}: ${fate.cause}` }]
}

/** A call takes any port of the range: a rule for the sample alone would pass here, and carry no voice. */
function wholeRange(row: RequirementOf<'ports'>, shut: readonly Shut[], tried: number): Shut[] {
  if (shut.length === 0) return []
  const causes = [...new Set(shut.map(({ why }) => why))].join('; ')
  const why = `${causes} (at ${shut.length} of the ${tried} ports that were tried of the range)`
  return [{ proto: 'udp', ports: expandPorts(row).map(({ port }) => port), why }]
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
    ports: rangesText(same.flatMap(({ ports }) => ports)),
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

/**
 * The same for people, ready to be pasted.
 * @param findings what the rows came to: those that nobody could decide are named, for they may be shut
 */
export function renderTicketText(
  ticket: readonly ChangeRequest[],
  site: string,
  findings: readonly Finding[],
): string {
  const undecided = undecidedLines(findings)
  if (ticket.length === 0) {
    const nothing = `site ${site}: no port that was tested needs to be opened`
    return `${[nothing, ...undecided].join('\n')}\n`
  }
  const blocks = ticket.flatMap(({ source, destination, lines }, at) => [
    `Change request ${at + 1}: allow ${source} to open connections to ${destination}, with replies`,
    ...lines.flatMap(({ proto, ports, why, rows }) => [
      ...indentUnbroken(`${proto} ${ports}`, WIDTH, 2),
      ...indentUnbroken(`why: ${why}`, WIDTH, 6),
      ...indentUnbroken(`for: ${rows.join(', ')}`, WIDTH, 6),
    ]),
    '',
  ])
  const head = `site ${site}: ${ticket.length} change request${ticket.length === 1 ? '' : 's'}`
  return `${[head, ...wrap(STAND_INS, WIDTH), '', ...blocks, ...undecided].join('\n')}\n`
}

const WIDTH = 100
const STAND_INS =
  'The addresses are those of the hosts that tried it, in place of phones and servers: where those ' +
  'have others, the rules must name them as well.'

function undecidedLines(findings: readonly Finding[]): string[] {
  const open = findings.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'fail')
  if (open.length === 0) return []
  const ids = [...new Set(open.map(({ id }) => id))].sort()
  const text = `not decided, so not asked for (voip-ready ports says why): ${ids.join(', ')}`
  return indentUnbroken(text, WIDTH, 0)
}
