import type { Hop, PathObservation } from '../../shared/record/path.ts'
import { dscpName } from '../../shared/verdict/dscp-name.ts'
import { changeText, mtuText } from '../../shared/verdict/path-text.ts'
import { peerText } from '../cli/arguments.ts'
import type { Paint } from '../cli/colour.ts'
import { type Column, indent, type Row, renderTable, wrap } from '../cli/table.ts'

const WIDTH = 100
const COLUMNS: readonly Column[] = [
  { title: 'hop', align: 'right' },
  { title: 'address', wrapTo: 15 },
  { title: 'owner', wrapTo: 10 },
  { title: 'rtt p50', align: 'right' },
  { title: 'worst', align: 'right' },
  { title: 'answers', align: 'right' },
  { title: 'mark' },
  { title: 'note', wrapTo: 16 },
]
const MARK_COLUMN = 6

/** One way as a table hop by hop, at most 100 columns wide, with what it means below. */
export function renderPath(seen: PathObservation, paint: Paint): string[] {
  const head = `${seen.farEnd} ${peerText(seen.peer)}, probes marked ${dscpName(seen.dscp)}`
  if (seen.obstacle !== '')
    return [head, ...indent(`not looked at: ${seen.obstacle}`, WIDTH, 2), '']
  const rows = [...seen.hops.map((hop) => hopRow(hop, seen, paint)), farEndRow(seen, paint)]
  return [...wrap(head, WIDTH), ...renderTable(COLUMNS, rows, WIDTH), ...notes(seen, paint), '']
}

function hopRow(hop: Hop, seen: PathObservation, paint: Paint): Row {
  const mark = hop.dscp[0]?.value
  const cells = [
    String(hop.ttl),
    hop.addresses.join(' ') || '*',
    hop.owner ?? '',
    msText(hop.rtt?.p50Ms),
    msText(hop.rtt?.maxMs),
    `${hop.answered}/${hop.sent}`,
    mark === undefined ? '-' : hop.dscp.map(({ value }) => dscpName(value)).join(' '),
    noteOf(hop, seen),
  ]
  return { cells, paint: painter(mark, seen.dscp, paint) }
}

function farEndRow(seen: PathObservation, paint: Paint): Row {
  const { distance, arrived, answered, sent, peer } = seen
  const cells = [
    distance === null ? '?' : String(distance),
    peer.address,
    'far end',
    '',
    '',
    `${answered}/${sent}`,
    arrived === null ? '-' : dscpName(arrived),
    seen.reached ? '' : 'no answer',
  ]
  return { cells, paint: painter(arrived ?? undefined, seen.dscp, paint) }
}

function painter(mark: number | undefined, wanted: number, paint: Paint) {
  return (column: number, text: string): string => {
    if (column !== MARK_COLUMN || mark === undefined) return text
    return mark === wanted ? paint.green(text) : paint.red(text)
  }
}

function noteOf(hop: Hop, seen: PathObservation): string {
  const changed = seen.changes.some((change) => change.at.ttl === hop.ttl)
  const { refusal } = hop
  const parts = [
    changed ? 'mark changed' : '',
    hop.answered === 0 ? 'silent' : '',
    hop.answered > 0 && hop.answered < hop.sent ? 'answers rarely' : '',
    hop.addresses.length > 1 ? 'parallel paths' : '',
    refusal === undefined
      ? ''
      : refusal.filter
        ? 'filter (code 13)'
        : `unreachable ${refusal.code}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function notes(seen: PathObservation, paint: Paint): string[] {
  const lines = seen.changes.map((change) => paint.red(`mark ${changeText(change)}`))
  const marked = seen.hops.some((hop) => hop.dscp.length > 0) || seen.arrived !== null
  if (!marked && seen.method === 'returned')
    lines.push('marks are not seen per hop: that needs CAP_NET_RAW (docker: cap_add NET_RAW)')
  if (marked && seen.changes.length === 0) lines.push('the mark is the same at every place seen')
  if (seen.returned !== null && seen.returned !== seen.dscp)
    lines.push(
      paint.red(`answers come back marked ${dscpName(seen.returned)}`) +
        '; the way back cannot be traced from here: trace it from the other side',
    )
  if (seen.mtu !== null) lines.push(paint.red(mtuText(seen.mtu)))
  if (!seen.reached)
    lines.push('the far end did not answer: it may be silent to strangers, or the way is blocked')
  for (const { ttl, before, now } of seen.moved ?? [])
    lines.push(`hop ${ttl} was ${before} when last looked at and is ${now} now`)
  for (const { ttl, addresses } of seen.spread ?? [])
    if (addresses.length > 1)
      lines.push(`hop ${ttl} over other source ports: ${addresses.join(', ')}`)
  if (seen.hops.some((hop) => hop.answered < hop.sent))
    lines.push('answers missing at a hop are no loss: routers answer rarely, or never')
  return lines.flatMap((line) => indent(line, WIDTH, 2))
}

function msText(ms: number | undefined): string {
  return ms === undefined ? '' : `${ms < 10 ? ms.toFixed(2) : ms.toFixed(1)} ms`
}
