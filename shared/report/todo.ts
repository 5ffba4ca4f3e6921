import { counted } from '../counted.ts'
import type { Digest } from './digest.ts'
import { type Block, type Cell, cells, verdictCell } from './document.ts'
import { overallOf } from './overall.ts'
import { ownerOf } from './owner.ts'
import { runsOf } from './time-plot.ts'
import { type LineTime, WORST } from './timeline.ts'
import { placeText, whyText } from './voice.ts'
import { span, stamp, UTC, type Zone } from './zone.ts'

/** What is to be done, by whom, and how to see that it was: the failed lines first. */
export function todoBlocks(digest: Digest, zone: Zone = UTC): readonly Block[] {
  if (overallOf(digest) === 'READY') {
    return [
      {
        kind: 'text',
        text: 'Nothing: every required line passes in every quarter hour.',
        tone: 'pass',
      },
    ]
  }
  const open = digest.lines.filter(({ verdict, required }) => required && verdict !== 'pass')
  const groups = grouped(open, digest)
  if (groups.length === 0) {
    const text =
      'Nothing was judged: see that the agent runs and delivers, and that its profile is in the bundle.'
    return [{ kind: 'text', text, tone: 'inconclusive' }]
  }
  const table: Block = {
    kind: 'table',
    caption:
      "Each item that does not pass, the worst first; FILE is the site file on the agent's machine",
    columns: [
      { title: 'Line', share: 24 },
      { title: 'Verdict', share: 16 },
      { title: 'Owner', share: 28 },
      { title: 'What to change', share: 38 },
      { title: 'Test only this again', share: 26 },
    ],
    rows: groups.map((lines) => row(lines, digest, zone)),
  }
  return [table, ...longest(digest, zone)]
}

/** A failed line is an item of its own; others with one owner and one advice are one. */
function grouped(lines: readonly LineTime[], { values }: Digest): readonly (readonly LineTime[])[] {
  const groups = new Map<string, LineTime[]>()
  for (const line of lines) {
    const { change } = adviceOf(line.worst.finding.advice)
    const own = line.verdict === 'fail' ? `${line.id} ${line.segment ?? ''}` : ''
    const owner = line.verdict === 'not-tested' ? '' : ownerOf(line, values).name
    const key = [own, line.verdict, line.worst.finding.reason, change, owner].join('|')
    groups.set(key, [...(groups.get(key) ?? []), line])
  }
  const rank = (group: readonly LineTime[]) => WORST.indexOf(group[0]?.verdict ?? 'pass')
  return [...groups.values()].sort((a, b) => rank(a) - rank(b))
}

function row(lines: readonly LineTime[], digest: Digest, zone: Zone): readonly Cell[] {
  const [first] = lines
  if (first === undefined) return []
  const ids = [...new Set(lines.map(({ id }) => id))]
  const { change } = adviceOf(first.worst.finding.advice)
  const owners = [...new Set(lines.map((line) => ownerOf(line, digest.values).name))]
  const owner =
    owners.length === 1 ? ownerOf(first, digest.values) : { name: owners.join('; '), why: '' }
  const places = [...new Set(lines.map(placeText))].join('; ')
  const one = ids.length === 1
  return cells(
    one
      ? { text: first.id, below: `${first.title} (${places})` }
      : { text: `${ids.length} lines`, below: ids.join(', ') },
    verdictCell(first.verdict),
    { text: owner.name, below: owner.why },
    {
      text: change === '' ? whyText(first) : sentence(change),
      below: passesText(lines, digest, zone),
    },
    commandOf(lines, ids),
  )
}

const CHECK = 'voip-ready check --site FILE'

/** The command of the finding where there is one line; the whole check where there are very many. */
function commandOf(lines: readonly LineTime[], ids: readonly string[]): string {
  const own = adviceOf(lines[0]?.worst.finding.advice ?? '').command
  if (ids.length === 1 && own !== '') return own
  return ids.length > 12 ? CHECK : `${CHECK} --only ${ids.join(',')}`
}

/** An item that was mended meanwhile says since when. */
function passesText(lines: readonly LineTime[], { quarters }: Digest, zone: Zone): string {
  const since = Math.min(...lines.map(({ passesSince }) => passesSince))
  const from = since === 0 ? undefined : quarters[quarters.length - since]?.from
  return from === undefined ? '' : `passes since ${stamp(from, zone)}`
}

/** Findings end their advice with the command that tests the line again. */
function adviceOf(advice: string): { readonly change: string; readonly command: string } {
  const word = '; then: '
  const at = advice.lastIndexOf(word)
  if (at === -1) return { change: advice, command: '' }
  return { change: advice.slice(0, at), command: advice.slice(at + word.length) }
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Where a shorter time would be READY, which: the bundle of it is a certificate. */
function longest({ quarters }: Digest, zone: Zone): readonly Block[] {
  const runs = runsOf(quarters, ({ overall }) => overall === 'READY')
  const best = [...runs].sort(([a, b], [c, d]) => d - c - (b - a))[0]
  const [from, to] = [quarters[best?.[0] ?? -1]?.from, quarters[(best?.[1] ?? 0) - 1]?.to]
  if (best === undefined || from === undefined || to === undefined) return []
  const many = counted(best[1] - best[0], 'quarter hour')
  const text = `The longest time that is READY without a break is ${span(from, to, zone)} (${many}). A bundle of that time alone gives a report that says READY.`
  return [{ kind: 'text', text }]
}
