import type { RequirementKind } from '../profile/schema.ts'
import {
  explainFinding,
  formatAlternatives,
  formatLimit,
  formatValue,
} from '../verdict/describe.ts'
import type { Finding } from '../verdict/finding.ts'
import type { Digest } from './digest.ts'
import { type Cell, cells, type TableBlock, verdictCell } from './document.ts'
import type { LineTime } from './timeline.ts'
import { stamp, UTC, type Zone } from './zone.ts'

/** Lines that streams answer, quarter hour by quarter hour. */
const VOICE: readonly RequirementKind[] = [
  ...(['one-way-delay', 'jitter', 'segment-loss', 'marking', 'bandwidth', 'qos'] as const),
]

export const isVoice = ({ kind }: Pick<LineTime, 'kind'>): boolean => VOICE.includes(kind)

/** Lines with a figure of their own each quarter hour: what plots and outages are made of. */
const MEASURED: readonly RequirementKind[] = ['one-way-delay', 'jitter', 'segment-loss', 'marking']

export const isMeasured = ({ kind }: Pick<LineTime, 'kind'>): boolean => MEASURED.includes(kind)

const LEG_WORDS: { readonly [L in Finding['leg']]: string } = {
  out: 'site to far end',
  back: 'far end to site',
  either: 'one of both legs',
  none: '',
}

/** `primary, site to far end`, or `site` for a line without a place. */
export function placeText({
  farEnd,
  leg,
  segment,
}: Pick<LineTime, 'farEnd' | 'leg' | 'segment'>): string {
  const parts = [
    farEnd === 'none' ? '' : farEnd,
    segment === null ? '' : `segment ${segment}`,
    LEG_WORDS[leg],
  ].filter((part) => part !== '')
  return parts.length === 0 ? 'site' : parts.join(', ')
}

/** The clause table: lines x places, with the quarter hour that speaks loudest. */
export function voiceTable(digest: Digest, zone: Zone = UTC): TableBlock {
  return {
    kind: 'table',
    caption: 'Voice, each quarter hour for itself: a line passes when it passes in all of them',
    columns: [
      { title: 'Line', share: 16 },
      { title: 'Where', share: 15 },
      { title: 'Verdict', share: 15 },
      { title: 'Limit', share: 14 },
      { title: 'Worst quarter hour', share: 22 },
      { title: 'Quarter hours', share: 15 },
      { title: 'Why', share: 30 },
    ],
    rows: digest.lines
      .filter(isVoice)
      .map((line) =>
        cells(
          { text: line.id, below: line.title },
          placeText(line),
          verdictCell(line.verdict, line.required ? '' : 'not required'),
          limitCell(line),
          worstCell(line, digest, zone),
          countsText(line),
          whyText(line),
        ),
      ),
  }
}

function limitCell({ worst: { finding } }: LineTime): Cell {
  const { statistic } = finding
  const limit = formatLimit(finding)
  return { text: limit === '' ? 'none' : limit, ...(statistic === '' ? {} : { below: statistic }) }
}

/** Value with its error, how many packets it rests on, and when. */
function worstCell({ worst }: LineTime, { quarters }: Digest, zone: Zone): Cell {
  const { finding, step } = worst
  const at = quarters[step]?.from
  const n = finding.n === 0 ? '' : `n = ${finding.n.toLocaleString('en')}, `
  const when = at === undefined ? '' : stamp(at, zone)
  return { text: formatValue(finding), below: `${n}${when}` }
}

export function countsText({ counts, verdicts }: LineTime): string {
  const unjudged = verdicts.filter((verdict) => verdict === null).length
  const parts = [
    [counts.pass, 'pass'],
    [counts.fail, 'fail'],
    [counts.inconclusive, 'cannot say'],
    [counts['not-tested'], 'not tested'],
    [unjudged, 'not judged'],
  ] as const
  const said = parts.filter(([count]) => count > 0)
  return said.map(([count, word]) => `${count} ${word}`).join(', ')
}

/** What was found in the worst quarter hour, and where other statistics would have said otherwise. */
export function whyText({ worst, verdict }: Pick<LineTime, 'worst' | 'verdict'>): string {
  const { finding } = worst
  const why = explainFinding(finding)
  const others = formatAlternatives(finding)
  const partly = verdict === 'inconclusive' && finding.verdict === 'not-tested'
  const said = partly ? `in a part of the time: ${why}` : why
  return others === '' ? said : `${said}. Other statistics would say: ${others}`
}
