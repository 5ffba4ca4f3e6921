import type { PathObservation } from '../record/path.ts'
import type { SipAlgObservation } from '../record/sip-alg.ts'
import { dscpName } from '../verdict/dscp-name.ts'
import { changeText } from '../verdict/path-text.ts'
import type { Digest } from './digest.ts'
import { type Block, cells } from './document.ts'
import { stamp } from './zone.ts'

/** The newest look at each way: marks hop by hop, and what became of SIP. */
export function wayBlocks(digest: Digest): readonly Block[] {
  const seen = [...digest.newest.values()]
  const paths = seen.filter((one) => one.kind === 'path')
  const sips = seen.filter((one) => one.kind === 'sip-alg')
  if (paths.length + sips.length === 0) {
    const text = 'No path was traced and no SIP message was mirrored in this time.'
    return [{ kind: 'text', text, tone: 'not-tested' }]
  }
  return [...paths.flatMap(pathBlocks), ...sips.map(sipBlock)]
}

function pathBlocks(path: PathObservation): Block[] {
  const looked = `${path.farEnd}, looked at ${stamp(path.to)}`
  if (path.hops.length === 0) {
    const why = path.obstacle === '' ? 'nothing answered' : path.obstacle
    return [{ kind: 'text', text: `Path to ${looked}: ${why}.`, tone: 'not-tested' }]
  }
  const end = path.reached ? 'the far end answered' : 'the far end itself did not answer'
  const mark = path.arrived === null ? '' : `, mark on arrival ${dscpName(path.arrived)}`
  const changes = path.changes.map((change) => `Mark changed: ${changeText(change)}.`)
  return [
    {
      kind: 'table',
      caption: `Path to ${looked}: ${end}${mark}`,
      columns: [
        { title: 'Hop', share: 6 },
        { title: 'Address', share: 30 },
        { title: 'Owner (site file)', share: 24 },
        { title: 'Mark seen there', share: 20 },
        { title: 'Answered', share: 14 },
      ],
      rows: path.hops.map(({ ttl, addresses, owner, dscp, answered, sent }) =>
        cells(
          String(ttl),
          addresses.join(', ') || 'silent',
          owner ?? '',
          dscp.map(({ value }) => dscpName(value)).join(', ') || 'not told',
          `${answered} of ${sent}`,
        ),
      ),
    },
    ...(changes.length === 0 ? [] : [{ kind: 'list' as const, items: changes }]),
  ]
}

function sipBlock({ farEnd, asks, to }: SipAlgObservation): Block {
  const items = asks.map(({ transport, port, result, rewritten }) => {
    const changed = rewritten.map(
      ({ field, leg, sent, returned }) => `${field} ${leg}: "${sent}" became "${returned}"`,
    )
    const said = changed.length === 0 ? 'no line was rewritten' : `rewritten: ${changed.join('; ')}`
    return `SIP to ${farEnd} over ${transport.toUpperCase()} ${port}, ${stamp(to)}: ${result}${result === 'mirrored' ? `, ${said}` : ''}`
  })
  return { kind: 'list', items }
}
