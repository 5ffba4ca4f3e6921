import { linesForSite } from '../profile/lines.ts'
import type { Profile, Requirement } from '../profile/schema.ts'
import type { Site } from '../profile/site.ts'
import { explainFinding } from '../verdict/describe.ts'
import type { Digest } from './digest.ts'
import { type Block, cells, type TableBlock, verdictCell } from './document.ts'
import { type LineTime, WORST } from './timeline.ts'
import { countsText, placeText } from './voice.ts'
import { stamp } from './zone.ts'

/** Ports, names, addresses and links: what holds until somebody looks again. */
export function portBlocks(digest: Digest): readonly Block[] {
  const lines = digest.lines.filter(({ kind }) => kind === 'ports')
  if (lines.length === 0) return [{ kind: 'text', text: 'The profile has no ports.' }]
  const table: TableBlock = {
    kind: 'table',
    caption: 'Rows that are not reachable first; then all others',
    columns: [
      { title: 'Row', share: 22 },
      { title: 'Where', share: 17 },
      { title: 'Verdict', share: 15 },
      { title: 'Ports', share: 20 },
      { title: 'Seen', share: 40 },
    ],
    rows: together(worstFirst(lines), digest).map(({ line, places }) =>
      cells(
        { text: line.id, below: line.title },
        places,
        verdictCell(line.verdict, line.required ? '' : 'not required'),
        portsOf(digest, line.id),
        seenText(line, digest),
      ),
    ),
  }
  return [table, ...readings(digest)]
}

/** Expected beside seen, for DNS, DHCP, VLAN and duplex. */
export function siteBlocks(digest: Digest): readonly Block[] {
  const kinds = ['dns-a', 'dns-srv', 'dhcp-option', 'vlan', 'duplex']
  const lines = digest.lines.filter(({ kind }) => kinds.includes(kind))
  if (lines.length === 0) return [{ kind: 'text', text: 'The profile has none of these.' }]
  return [
    {
      kind: 'table',
      caption: 'Expected by profile and site file, and what was seen',
      columns: [
        { title: 'Line', share: 22 },
        { title: 'Verdict', share: 15 },
        { title: 'Expected', share: 34 },
        { title: 'Seen', share: 44 },
      ],
      rows: worstFirst(lines).map((line) =>
        cells(
          { text: line.id, below: line.title },
          verdictCell(line.verdict, line.required ? '' : 'not required'),
          expectedText(digest, line.id),
          seenText(line, digest),
        ),
      ),
    },
  ]
}

/** A row that fared alike in several places stands once. */
function together(lines: readonly LineTime[], digest: Digest) {
  const rows = new Map<string, { readonly line: LineTime; places: string }>()
  for (const line of lines) {
    const key = `${line.id} ${line.verdict} ${seenText(line, digest)}`
    const before = rows.get(key)
    if (before === undefined) rows.set(key, { line, places: placeText(line) })
    else before.places = `${before.places}; ${placeText(line)}`
  }
  return [...rows.values()]
}

function worstFirst(lines: readonly LineTime[]): readonly LineTime[] {
  return [...lines].sort((a, b) => WORST.indexOf(a.verdict) - WORST.indexOf(b.verdict))
}

/** The newest look; where the worst quarter hour said otherwise, that too, and when. */
function seenText(line: LineTime, { quarters }: Digest): string {
  const now = explainFinding(line.last)
  if (line.last.verdict === line.verdict) return now
  const { step, finding } = line.worst
  const at = stamp(quarters[step]?.from ?? 0)
  return `${explainFinding(finding)} at ${at} (${countsText(line)}). Newest: ${now}`
}

/** The line as it holds for this site. */
function requirementOf({ profile, values }: Digest, id: string): Requirement | undefined {
  if (profile === null) return undefined
  return resolved(profile.body, values).find((line) => line.id === id)
}

function resolved(profile: Profile, site: Site | null): readonly Requirement[] {
  return site === null
    ? profile.requirements
    : linesForSite(profile, site).map(({ requirement }) => requirement)
}

function portsOf(digest: Digest, id: string): string {
  const line = requirementOf(digest, id)
  if (line?.kind !== 'ports') return ''
  const said = (['tcp', 'udp'] as const).map((proto) => {
    const ranges = line[proto].map((one) => (typeof one === 'number' ? String(one) : one.join('-')))
    return ranges.length === 0 ? '' : `${proto.toUpperCase()} ${ranges.join(', ')}`
  })
  const all = said.filter((part) => part !== '').join('; ')
  return all === '' ? 'no range given' : all
}

function expectedText(digest: Digest, id: string): string {
  const line = requirementOf(digest, id)
  switch (line?.kind) {
    case 'dns-a':
      return `A ${line.name}.${line.zone} = ${line.value}`
    case 'dns-srv': {
      const { name, zone, priority, weight, port, target } = line
      return `SRV ${name}.${zone} = ${priority} ${weight} ${port} ${target}`
    }
    case 'dhcp-option':
      return `option ${line.option} = ${line.expect ?? 'any value of its form'}`
    case 'duplex':
      return 'full duplex on every interface and switch port that can be read'
    case 'vlan': {
      const vlan = digest.values?.voiceVlan
      return vlan === undefined
        ? 'the site file names no VLAN'
        : `VLAN ${vlan}, and nobody who says otherwise`
    }
    default:
      return ''
  }
}

/** How rows are read that the source leaves open. */
function readings(digest: Digest): readonly Block[] {
  const notes = digest.profile?.body.notes ?? []
  const about = notes.filter(({ id }) => ['T-10', 'T-11', 'T-12', 'T-15'].includes(id))
  if (about.length === 0) return []
  const items = about.map(({ id, text }) => `${id}: ${text}`)
  return [
    { kind: 'text', text: 'Rows that the source leaves open, and how they are read:' },
    { kind: 'list', items },
  ]
}
