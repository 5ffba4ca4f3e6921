import type { CampaignAnswer } from '../campaign/answers.ts'
import type { Certificate, Point } from '../campaign/certify.ts'
import { type Measured, notShown } from '../campaign/measure.ts'
import type { Protocol } from '../campaign/protocol.ts'
import { openText, requiredText, spanText, stateText } from '../campaign/words.ts'
import { counted } from '../counted.ts'
import { sightingTexts } from '../eligibility/sightings.ts'
import type { Answer } from '../eligibility/terms.ts'
import type { Verdict } from '../verdict/finding.ts'
import {
  ANSWER_TONES,
  type Block,
  cells,
  type Headline,
  REPORT_FORMAT,
  type ReportDocument,
  type TableBlock,
} from './document.ts'
import type { HeatCell, HeatRow } from './heat-map.ts'
import {
  evidenceBlocks,
  type Opened,
  standingOf,
  standingSentence,
  verifyBlocks,
} from './standing.ts'
import { worse } from './timeline.ts'
import { placeText } from './voice.ts'
import { stamp } from './zone.ts'

/** What a certificate was made of. */
export interface Certified {
  readonly found: Certificate
  readonly protocol: Protocol
  readonly opened: Opened
}

/** The certificate of a campaign, set for filing: nothing is judged here. */
export function campaignReport({ found, protocol, opened }: Certified): ReportDocument {
  const last = found.measurements.at(-1)
  return {
    format: REPORT_FORMAT,
    kind: 'campaign',
    title: 'Certificate of a campaign',
    subtitle: `${found.campaign}, ${found.site}`,
    headline: headlineOf(found, protocol, opened),
    sections: [
      { title: 'What was agreed', blocks: [agreed(found, protocol)] },
      { title: 'Point by point', blocks: [pointTable(found.points), ...seen(found)] },
      { title: 'What the agreed measurements say', blocks: answerBlocks(found) },
      { title: 'The measurements, hour by hour', blocks: hours(found, protocol) },
      {
        title: 'Measurements not shown as agreed',
        blocks: lackBlocks(found.measurements, protocol),
      },
      { title: 'Evidence', blocks: evidenceBlocks(opened) },
      { title: 'How to verify this', blocks: verifyBlocks(opened, standingOf(opened)) },
    ],
    bundles: [opened],
    dateMs: last?.to ?? 0,
  }
}

const WORDS: { readonly [F in Certificate['followed']]: string } = {
  FOLLOWED: 'FOLLOWED',
  'NOT FOLLOWED': 'NOT FOLLOWED',
  'CANNOT BE SHOWN': 'CANNOT BE SHOWN THAT IT WAS FOLLOWED',
}

function headlineOf(found: Certificate, protocol: Protocol, opened: Opened): Headline {
  const { followed, required } = found
  const open = openText(found)
  const says = [
    ...(open === null ? [] : [open]),
    requiredText(found),
    standingSentence(standingOf(opened)),
    spanText(found, protocol),
  ]
  if (followed === 'NOT FOLLOWED') return { word: WORDS[followed], tone: 'fail', says }
  const certified = followed === 'FOLLOWED' && required === 'MET'
  const tone = required === 'NOT MET' ? 'fail' : certified ? 'pass' : 'inconclusive'
  return { word: `${WORDS[followed]}; REQUIRED LINES: ${required}`, tone, says }
}

function agreed({ protocolSha256 }: Certificate, protocol: Protocol): Block {
  const { profile, measurements, days, zone, busyHours, calls, codec, tolerance } = protocol
  const { first, last, everyMinutes, lengthMinutes } = measurements
  const allowed = `${counted(tolerance.missing, 'measurement')} in all, ${tolerance.unmeasuredSeconds} s of each`
  return {
    kind: 'pairs',
    pairs: [
      ['Protocol SHA-256', protocolSha256],
      ['Profile', `${profile.id}, SHA-256 ${profile.sha256}`],
      ['Measurements', `${first} to ${last} every ${everyMinutes} min, ${lengthMinutes} min each`],
      ['Days', `${counted(days.length, 'day')} from ${days[0]}, ${zone}`],
      ['Busy hours', busyHours.map(({ from, to }) => `${from}-${to}`).join(', ')],
      ['Voice', `${counted(calls, 'call')} ${codec}, to both data centres`],
      ['May lack', allowed],
      ...(protocol.attestations ?? []).map(
        ({ by, says }) => [`Vouched for by ${by}`, says] as const,
      ),
    ],
  }
}

const HELD: { readonly [H in Point['held']]: readonly [string, Verdict] } = {
  yes: ['HELD', 'pass'],
  no: ['NOT HELD', 'fail'],
  'not-shown': ['NOT SHOWN', 'inconclusive'],
  claimed: ['A CLAIM', 'not-tested'],
}

function pointTable(points: readonly Point[]): TableBlock {
  return {
    kind: 'table',
    caption:
      'One point that is not held, and the protocol was not followed; a claim was measured by nobody',
    columns: [
      { title: 'Asked', share: 45 },
      { title: 'Held', share: 15 },
      { title: 'Found', share: 55 },
    ],
    rows: points.map(({ asked, held, found }) => {
      const [text, tone] = HELD[held]
      return cells(asked, { text, tone }, found)
    }),
  }
}

function seen({ seenFrom }: Certificate): readonly Block[] {
  const texts = sightingTexts(seenFrom)
  const pairs = texts.map((text, at) => [at === 0 ? 'Seen from' : '', text] as const)
  return texts.length === 0 ? [] : [{ kind: 'pairs', pairs }]
}

const ORDER: readonly Answer[] = ['NOT MET', 'CANNOT BE DETERMINED', 'MET']

function answerBlocks({ answers, followed }: Certificate): readonly Block[] {
  if (answers.length === 0) return [{ kind: 'text', text: 'No line was judged.' }]
  const rank = ({ required, answer }: CampaignAnswer) =>
    (required ? 0 : ORDER.length) + ORDER.indexOf(answer)
  const followedNot =
    'Measured all the same; of a protocol that was not followed it decides nothing'
  return [
    {
      kind: 'table',
      caption:
        followed === 'NOT FOLLOWED'
          ? followedNot
          : 'In so many of the agreed measurements each line was',
      columns: [
        { title: 'Line', share: 25 },
        { title: 'Where', share: 30 },
        { title: 'Answer', share: 30 },
        { title: 'Met', share: 10 },
        { title: 'Not met', share: 10 },
        { title: 'Open', share: 10 },
      ],
      rows: [...answers]
        .sort((a, b) => rank(a) - rank(b))
        .map((one) =>
          cells(
            { text: one.id, below: one.title },
            placeText({ ...one, segment: one.segment ?? null }),
            {
              ...{ text: one.answer, tone: ANSWER_TONES[one.answer] },
              below: one.required ? '' : 'not required',
            },
            ...[one.met, one.notMet, one.undetermined].map((count) => count.toLocaleString('en')),
          ),
        ),
    },
  ]
}

/** What each measurement came to, over all required lines. */
function hours({ measurements }: Certificate, { zone }: Protocol): readonly Block[] {
  const days = new Map<string, (HeatCell | null)[]>()
  for (const one of measurements) {
    const cellsOfDay = days.get(one.day) ?? Array.from({ length: 24 }, () => null)
    const hour = Number(one.at.slice(0, 2))
    const before = cellsOfDay[hour] ?? null
    const found = one.state === 'missing' ? 'not-tested' : ANSWER_TONES[one.answer]
    if (before === null || worse(found, before)) cellsOfDay[hour] = found
    days.set(one.day, cellsOfDay)
  }
  const rows = [...days].map(([day, inDay]): HeatRow => ({ day, hours: inDay }))
  const note =
    'Each cell is the worst of the measurements that begin in its hour, over all required lines; what was not made as agreed cannot be said.'
  return [{ kind: 'heat', heat: { title: `day by hour, ${zone}`, rows, note } }]
}

const MOST_SHOWN = 200

function lackBlocks(measurements: readonly Measured[], { zone }: Protocol): readonly Block[] {
  const all = notShown(measurements)
  if (all.length === 0) {
    return [{ kind: 'text', text: 'None: every one was made as agreed, and signed.' }]
  }
  const rest = all.length - MOST_SHOWN
  const table: TableBlock = {
    kind: 'table',
    caption: counted(all.length, 'measurement'),
    columns: [
      { title: 'Begins', share: 30 },
      { title: 'By the protocol', share: 30 },
      { title: 'State', share: 18 },
      { title: 'Why', share: 60 },
    ],
    rows: all
      .slice(0, MOST_SHOWN)
      .map(({ from, day, at, state, why }) =>
        cells(stamp(from), `${day} ${at} ${zone}`, stateText(state), why.join('; ')),
      ),
  }
  const more: Block = { kind: 'text', text: `and ${rest} more, in campaign certify --json` }
  return rest > 0 ? [table, more] : [table]
}
