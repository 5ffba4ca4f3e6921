import type { ClauseAnswer, Determination, Timeline } from '../eligibility/clause-schema.ts'
import type { Eligibility } from '../eligibility/document.ts'
import { type State, wayBackText } from '../eligibility/terms.ts'
import { formatLimit, formatValue } from '../verdict/describe.ts'
import type { Verdict } from '../verdict/finding.ts'
import {
  ANSWER_TONES,
  type Block,
  type Cell,
  cells,
  type Headline,
  REPORT_FORMAT,
  type ReportDocument,
} from './document.ts'
import { aroundSections } from './eligibility-around.ts'
import { floored } from './method.ts'
import { placeText } from './voice.ts'
import { span, stamp } from './zone.ts'

/** The document of eligibility as a report: everything is in the document, nothing is reckoned here. */
export function eligibilityReport(found: Eligibility): ReportDocument {
  const { evidence, outage, site } = found
  return {
    format: REPORT_FORMAT,
    kind: 'eligibility',
    title: 'Eligibility report',
    subtitle: `${site}, outage ${outage.ref}, ${span(outage.from, outage.to)}`,
    headline: headlineOf(found),
    sections: [
      { title: 'The answers', blocks: answerBlocks(found) },
      { title: 'State of each line', blocks: timelineBlocks(found) },
      ...aroundSections(found),
    ],
    bundles: [evidence.bundle],
    dateMs: outage.to,
  }
}

/** The sentence is the answer: one word for all lines is never given. */
function headlineOf(found: Eligibility): Headline {
  const { evidence, sentence, question, decides, required } = found
  if (evidence.state === 'invalid') {
    const says = [
      `${evidence.says} (${evidence.invalid} findings): nothing can be determined.`,
      question,
      decides,
    ]
    return { word: 'EVIDENCE INVALID', tone: 'fail', says }
  }
  return {
    word: sentence,
    tone: ANSWER_TONES[required],
    says: [question, evidence.says, ...withoutKeys(found), decides],
  }
}

const KEYS = [
  ['agent', "the agent's records", '--agent-key'],
  ['reflector', "the reflectors' receipts", '--reflector-key'],
  ['log', 'the log', '--log-key'],
] as const

/** What stands on the word of whoever made the file, and what would have had it verified. */
function withoutKeys({ method }: Eligibility): string[] {
  const missing = KEYS.filter(([role]) => !method.keys.some((key) => key.role === role))
  if (missing.length === 0) return []
  const [what, how] = [1, 2].map((at) => missing.map((one) => one[at]).join(', '))
  return [`NOT VERIFIED, because no key was given: ${what}. Make this again with ${how}.`]
}

function answerBlocks(found: Eligibility): readonly Block[] {
  const { reference, answers } = found
  const back = wayBackText(answers)
  const text = `About ${span(reference.from, reference.to)} (${reference.quarterHours} quarter hours before onset): ${reference.rule}`
  return [
    { kind: 'text', text },
    {
      kind: 'table',
      caption: 'Each line at each place; required lines first, NOT MET first',
      columns: [
        { title: 'Line', share: 15 },
        { title: 'Where', share: 18 },
        { title: 'Answer', share: 25 },
        { title: 'Seen before onset', share: 16 },
        { title: 'Worst before onset', share: 24 },
        { title: 'First pass after', share: 24 },
        { title: 'Why', share: 26 },
      ],
      rows: answers.map(answerRow),
    },
    ...(back === null ? [] : [{ kind: 'text' as const, text: back }]),
  ]
}

const STANDINGS = {
  'both-sides': 'signed by both sides',
  'one-side': 'signed by the agent alone',
  unproven: 'signed by nobody trusted',
} as const

function answerRow(one: ClauseAnswer): readonly Cell[] {
  const claimed =
    one.asClaimed === one.answer ? '' : `; ${one.asClaimed} if what is only claimed were true`
  const { determined, seen } = one.coverage.reference
  const share = (part: number) => `${floored(part * 100)} %`
  return cells(
    { text: one.id, below: one.title },
    placeText({ ...one, segment: one.segment ?? null }),
    {
      text: one.answer,
      tone: ANSWER_TONES[one.answer],
      below: `${STANDINGS[one.standing]}${claimed}`,
    },
    { text: `${share(determined)} decided`, below: seen === null ? '' : `${share(seen)} seen` },
    determinationCell(one.worst),
    one.firstPassAfter === null ? 'none' : determinationCell(one.firstPassAfter),
    { text: one.why, below: one.required ? '' : 'not required' },
  )
}

function determinationCell(one: Determination | null): Cell {
  if (one === null) return { text: 'none' }
  // A limit beside no figure would look as if something had been held against it.
  const text = formatValue({ ...one, interval: one.error })
  if (text === '-' && one.n === 0) return { text, below: `nothing measured at ${stamp(one.from)}` }
  return {
    text,
    below: `${formatLimit(one)} at ${stamp(one.from)}, n = ${one.n.toLocaleString('en')}`.trim(),
  }
}

const STATES: { readonly [S in State]: Verdict } = {
  met: 'pass',
  'not-met': 'fail',
  undetermined: 'inconclusive',
  excluded: 'not-tested',
}

function timelineBlocks({ timelines, span: whole, outage }: Eligibility): readonly Block[] {
  if (timelines.length === 0) return [{ kind: 'text', text: 'No line has a timeline.' }]
  const rows = timelines.filter(({ required }) => required).slice(0, 45)
  const text =
    'Full height: NOT MET. Two thirds: undetermined. A third: MET. A thin line: left out beforehand. The grey ground is the outage. Times are UTC; the quarter hours themselves are in the annex.'
  return [
    { kind: 'text', text },
    {
      kind: 'strips',
      strips: {
        ...{
          fromMs: whole.from,
          toMs: whole.to,
          shaded: outage,
          shadedAs: `outage ${outage.ref}`.slice(0, 60),
        },
        rows: rows.map((line) => ({ name: rowName(line), parts: line.stretches.map(part) })),
      },
    },
  ]
}

const part = ({ from, to, state }: Timeline['stretches'][number]) => ({
  from,
  to,
  state: STATES[state],
})

function rowName({ id, farEnd, leg, segment }: Timeline): string {
  const where = [farEnd, segment ?? '', leg].filter((word) => word !== 'none' && word !== '')
  return `${id} ${where.join(' ')}`.slice(0, 34)
}
