import { formatValue } from '../verdict/describe.ts'
import { type Digest, digestOf } from './digest.ts'
import {
  type Block,
  cells,
  type Headline,
  REPORT_FORMAT,
  type ReportDocument,
  verdictCell,
} from './document.ts'
import { headSection } from './head.ts'
import { invalidReport } from './invalid.ts'
import { methodBlocks } from './method.ts'
import {
  evidenceBlocks,
  type Opened,
  type Standing,
  standingOf,
  standingSentence,
  verifyBlocks,
  weaker,
} from './standing.ts'
import type { LineTime } from './timeline.ts'
import { todoBlocks } from './todo.ts'
import { placeText } from './voice.ts'
import { span, stamp } from './zone.ts'

/**
 * Before and after a repair, under one profile: which lines failed, and from when on they hold again.
 * Two profiles are two contracts: then nothing is compared, and the report says so.
 */
export function rectificationReport(before: Opened, after: Opened): ReportDocument {
  const standing = weaker(standingOf(before), standingOf(after))
  const parts = [before, after].map(({ evidence }) => ('why' in evidence ? null : evidence.parts))
  const [first, second] = parts
  if (standing === 'invalid' || !first || !second) {
    return invalidReport('rectification', before, after)
  }
  const [old, now] = [digestOf(first), digestOf(second)]
  const apart = reasonsApart(old, now)
  return {
    format: REPORT_FORMAT,
    kind: 'rectification',
    title: 'Rectification report',
    subtitle: `${now.site}, before ${span(old.fromMs, old.toMs)}, after ${span(now.fromMs, now.toMs)}`,
    headline: apart.length > 0 ? cannotCompare(apart) : answer(old, now, standing),
    sections: [
      { ...headSection(old, before), title: 'Before' },
      { ...headSection(now, after), title: 'After' },
      ...(apart.length > 0 ? [] : [{ title: 'Before and after', blocks: [comparison(old, now)] }]),
      { title: 'Still to do', blocks: todoBlocks(now) },
      { title: 'Method and limits', blocks: methodBlocks(now) },
      { title: 'Evidence before', blocks: evidenceBlocks(before) },
      { title: 'Evidence after', blocks: evidenceBlocks(after) },
      {
        title: 'How to verify this',
        blocks: [
          ...verifyBlocks(before, standingOf(before)),
          ...verifyBlocks(after, standingOf(after)),
        ],
      },
    ],
    bundles: [before, after],
    dateMs: now.toMs,
  }
}

function reasonsApart(old: Digest, now: Digest): string[] {
  const profiles = [...new Set([...old.profiles, ...now.profiles])]
  return [
    ...(old.site === now.site ? [] : [`Two sites: ${old.site} and ${now.site}.`]),
    ...(profiles.length === 1
      ? []
      : [
          `${profiles.length === 0 ? 'No profile' : `Two profiles: ${profiles.join(' and ')}`}. Standards are met again only by the same standards.`,
        ]),
    ...(now.fromMs >= old.toMs
      ? []
      : ['The bundle after begins before the bundle before ends: give them in the order of time.']),
  ]
}

function cannotCompare(apart: readonly string[]): Headline {
  return {
    word: 'CANNOT BE COMPARED',
    tone: 'inconclusive',
    says: [...apart, 'Nothing is said about rectification here.'],
  }
}

const keyOf = ({ id, farEnd, leg, segment }: LineTime) => `${id} ${farEnd} ${leg} ${segment ?? ''}`

/** Lines that failed before, and when each of them passes again to the end; null: it does not. */
function mended(
  old: Digest,
  now: Digest,
): { readonly failed: readonly LineTime[]; readonly fromMs: number | null } {
  const after = new Map(now.lines.map((line) => [keyOf(line), line]))
  const failed = old.lines.filter(({ verdict, required }) => verdict === 'fail' && required)
  // What convicted neither leg alone holds again when both do.
  const starts = failed.flatMap((line) =>
    (line.leg === 'either' ? (['out', 'back'] as const) : [line.leg]).map((leg) =>
      passesFrom(after.get(keyOf({ ...line, leg })), now),
    ),
  )
  const whole = starts.every((start) => start !== null)
  return {
    failed,
    fromMs: whole && failed.length > 0 ? Math.max(...starts.map((start) => start ?? 0)) : null,
  }
}

/** The start of the passes that last until the end of the bundle. */
function passesFrom(line: LineTime | undefined, { quarters }: Digest): number | null {
  if (line === undefined || line.passesSince === 0) return null
  return quarters[quarters.length - line.passesSince]?.from ?? null
}

function answer(old: Digest, now: Digest, standing: Standing): Headline {
  const { failed, fromMs } = mended(old, now)
  const trust = standingSentence(standing)
  const ids = [...new Set(failed.map(({ id }) => id))].join(', ')
  const ready = now.quarters.findLastIndex(({ overall }) => overall !== 'READY') + 1
  const readyFrom = now.quarters[ready]?.from
  const unproven = standing === 'unproven' ? 'UNPROVEN: ' : ''
  if (failed.length === 0) {
    const says = [
      'No required line failed in the bundle before: there is nothing to rectify in it.',
      trust,
    ]
    return { word: `${unproven}NOTHING FAILED BEFORE`, tone: 'inconclusive', says }
  }
  const was = `Failed before: ${ids}.`
  if (readyFrom !== undefined && fromMs !== null) {
    const says = [
      was,
      'From then to the end of the bundle after, every quarter hour is READY.',
      trust,
    ]
    const tone = standing === 'unproven' ? 'inconclusive' : 'pass'
    return { word: `${unproven}MET AGAIN FROM ${stamp(readyFrom)}`, tone, says }
  }
  if (now.lines.some(({ last, required }) => required && last.verdict === 'fail')) {
    const says = [was, 'At the end of the bundle after, a required line still fails.', trust]
    return {
      word: `${unproven}NOT MET AGAIN`,
      tone: standing === 'unproven' ? 'inconclusive' : 'fail',
      says,
    }
  }
  const passes =
    fromMs === null
      ? 'Not all of them pass at the end of the bundle after.'
      : `They pass from ${stamp(fromMs)} on; other required lines cannot be said or were not tested.`
  return { word: `${unproven}CANNOT SAY`, tone: 'inconclusive', says: [was, passes, trust] }
}

function comparison(old: Digest, now: Digest): Block {
  const after = new Map(now.lines.map((line) => [keyOf(line), line]))
  const rank = ({ verdict }: LineTime) => (verdict === 'fail' ? 0 : 1)
  const lines = old.lines.filter(({ required }) => required)
  return {
    kind: 'table',
    caption: 'What failed before stands first',
    columns: [
      { title: 'Line', share: 24 },
      { title: 'Where', share: 20 },
      { title: 'Before', share: 17 },
      { title: 'Worst before', share: 22 },
      { title: 'After', share: 17 },
      { title: 'Worst after', share: 22 },
      { title: 'Passes since', share: 22 },
    ],
    rows: [...lines]
      .sort((a, b) => rank(a) - rank(b))
      .map((line) => {
        const then = after.get(keyOf(line))
        const since = passesFrom(then, now)
        return cells(
          { text: line.id, below: line.title },
          placeText(line),
          verdictCell(line.verdict),
          formatValue(line.worst.finding),
          then === undefined ? 'not said' : verdictCell(then.verdict),
          then === undefined ? '' : formatValue(then.worst.finding),
          since === null ? 'does not' : stamp(since),
        )
      }),
  }
}
