import { linesForSite } from '../../shared/profile/lines.ts'
import { portText } from '../../shared/profile/ports.ts'
import type { RequirementOf } from '../../shared/profile/schema.ts'
import type { FarEndName } from '../../shared/profile/site.ts'
import type { PortsObservation } from '../../shared/record/ports.ts'
import { lineRead, readText } from '../../shared/shown/line-read.ts'
import type { Finding, Judgement } from '../../shared/verdict/finding.ts'
import { legsOf } from '../../shared/verdict/ports.ts'
import type { LegName } from '../../shared/verdict/ruling.ts'
import { paintVerdict, WIDTH } from '../check/findings-table.ts'
import type { RunInput } from '../check/input.ts'
import type { Paint } from '../cli/colour.ts'
import { type Column, type Row, renderTable, wrap } from '../cli/table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'row' },
  { title: 'service', wrapTo: 9 },
  { title: 'ports', wrapTo: 9 },
  { title: 'primary out' },
  { title: 'primary back' },
  { title: 'secondary out' },
  { title: 'secondary back' },
]
const FIRST_PLACE = 3
const PLACES: readonly (readonly [FarEndName, LegName])[] = [
  ['primary', 'out'],
  ['primary', 'back'],
  ['secondary', 'out'],
  ['secondary', 'back'],
]

type PortRow = RequirementOf<'ports'>

/** The matrix of rows, legs and far ends, what is wrong below each row, and the sum of it last. */
export function renderMatrix(
  input: RunInput,
  judgement: Judgement,
  seen: readonly PortsObservation[],
  paint: Paint,
): string {
  const wanted = new Set(judgement.findings.map(({ id }) => id))
  const rows = linesForSite(input.profile.profile, input.site).flatMap(({ requirement }) => {
    if (requirement.kind !== 'ports' || !wanted.has(requirement.id)) return []
    const own = judgement.findings.filter(({ id }) => id === requirement.id)
    return [matrixRow(requirement, own, paint)]
  })
  const { overall, counts } = judgement
  const colour = { READY: paint.green, 'NOT READY': paint.red, 'CANNOT SAY': paint.yellow }[overall]
  return `${[
    ...wrap(headLine(input, seen), WIDTH),
    ...wrap(LEGEND, WIDTH),
    '',
    ...renderTable(COLUMNS, rows, WIDTH),
    '',
    `${paint.bold(colour(overall))}: ${counts.fail} fail, ${counts.inconclusive} inconclusive, ` +
      `${counts.pass} pass, ${counts['not-tested']} not tested (rows by leg and far end)`,
  ].join('\n')}\n`
}

const LEGEND =
  'out: opened by the site; back: opened by the far end; -: the row is not opened that way ' +
  '(directions are assumptions of the profile, ~ the unsure ones: set ports.ROW.initiator in the site file)'

function headLine({ site, profile }: RunInput, seen: readonly PortsObservation[]): string {
  const ends = seen
    .filter(({ farEnd }) => farEnd !== 'none')
    .map(({ farEnd, target, responder, seenAs, path }) => {
      const over = path === 'MPLS' ? '' : ` over ${path}`
      const nat = seenAs === undefined ? '' : `, sees this host as ${seenAs}: a NAT`
      return `${farEnd} ${target}${over} (responder ${responder}${nat})`
    })
  const { id, version } = profile.profile
  return `site ${site.site}: ports of ${id} ${version} to ${ends.join(' and ') || 'no far end'}`
}

function matrixRow(row: PortRow, findings: readonly Finding[], paint: Paint): Row {
  const places = PLACES.map(([farEnd, leg]) => placeOf(findings, farEnd, leg))
  return {
    cells: [
      row.required ? row.id : `(${row.id})`,
      row.service,
      portsText(row),
      ...places.map((found, at) => cellText(row, found, PLACES[at]?.[1] ?? 'out')),
    ],
    below: [...notes(findings), ...failNotes(row, findings)],
    paint: (column, text) => {
      const found = column < FIRST_PLACE ? undefined : places[column - FIRST_PLACE]
      return found === undefined ? text : paintVerdict(found.verdict, text, paint)
    },
  }
}

/** A row that could not be tried at all has one finding, which speaks of every place. */
function placeOf(findings: readonly Finding[], farEnd: FarEndName, leg: LegName) {
  return findings.find(
    (found) =>
      (found.farEnd === farEnd || found.farEnd === 'none') &&
      (found.leg === leg || found.leg === 'none'),
  )
}

function cellText(row: PortRow, found: Finding | undefined, leg: LegName): string {
  if (!legsOf(row).includes(leg) || found === undefined) return '-'
  const word = SHORT[found.reason] ?? found.reason.replace(/^port-/, '')
  return row.confidence === 'low' && row.initiator !== 'both' ? `${word} ~` : word
}

const SHORT: { readonly [reason: string]: string } = {
  'ports-open': 'open',
  'handshake-only': 'handshake',
  'one-way-protocol': 'one-way',
  'needs-site-value': 'needs value',
  'far-end-not-configured': 'no far end',
  'port-not-tested': 'not tested',
  'probe-not-run': 'not tested',
}

function portsText({ tcp, udp, dynamic }: PortRow): string {
  const parts = [
    tcp.length === 0 ? '' : `tcp ${portText(tcp)}`,
    udp.length === 0 ? '' : `udp ${portText(udp)}`,
  ].filter((part) => part !== '')
  return parts.length === 0 && dynamic ? 'dynamic' : parts.join(' ')
}

/** What was found where, places that share it in one line, with what to do about it. */
function notes(findings: readonly Finding[]): string[] {
  const byText = new Map<string, Finding[]>()
  // The head line says already which far ends there are.
  for (const found of findings.filter(({ reason }) => reason !== 'far-end-not-configured')) {
    const text = found.detail || (found.verdict === 'pass' ? '' : found.reason)
    if (text !== '') byText.set(text, [...(byText.get(text) ?? []), found])
  }
  return [...byText].map(([text, found]) => {
    const places = found.map(({ farEnd, leg }) =>
      [farEnd === 'none' ? 'host' : farEnd, leg === 'none' ? '' : leg].filter(Boolean).join(' '),
    )
    return `${places.join(', ')}: ${text}`
  })
}

/** How a row that fails is read, and what else than a firewall may be to mend. */
function failNotes(row: PortRow, findings: readonly Finding[]): string[] {
  const failed = findings.filter(({ verdict }) => verdict === 'fail')
  if (failed.length === 0) return []
  const todo = new Set(failed.map(({ advice }) => advice.split('; then: ')[0] ?? ''))
  return [`source: ${readText(lineRead(row))}`, ...[...todo].map((text) => `do: ${text}`)]
}
