import type { FarEndService } from '../eligibility/around-schema.ts'
import type { Eligibility } from '../eligibility/document.ts'
import { SILENCES_NAMED } from '../eligibility/service.ts'
import { sightingTexts } from '../eligibility/sightings.ts'
import { list } from './blocks.ts'
import { type Block, cells, type Section } from './document.ts'
import { chain, method, verify } from './eligibility-method.ts'
import { floored } from './method.ts'
import { length, span, stamp } from './zone.ts'

/** Everything of the document besides answers and timelines, in the order in which a dispute asks. */
export function aroundSections(found: Eligibility): readonly Section[] {
  return [
    { title: 'Loss of service, told apart from the standards', blocks: service(found) },
    { title: 'Where it was found, and whose it is', blocks: places(found) },
    { title: 'Contract and parties', blocks: contract(found) },
    { title: 'What was not seen, and whose part was missing', blocks: gaps(found) },
    { title: 'Clocks, instruments, changes', blocks: method(found) },
    { title: 'The chain of evidence', blocks: chain(found) },
    {
      title: 'What was not examined',
      blocks: [list(found.notExamined.map(({ what, why }) => `${what}: ${why}`))],
    },
    { title: 'The eight questions of a support case', blocks: [support(found)] },
    {
      title: 'Files that belong together',
      blocks: [list(found.files.map(({ name, sha256 }) => `${name}: SHA-256 ${sha256}`))],
    },
    { title: 'How to verify this', blocks: verify(found) },
  ]
}

const NOWHERE =
  'On no part of the way: no segment between two reflectors failed, and no path that was walked from the reference time to the end of the outage shows a changed mark, a refusal or a break.'

const percent = (share: number) => `${floored(share * 100)} %`

function service({ service: seen }: Eligibility): readonly Block[] {
  return [
    { kind: 'text', text: seen.sentence },
    {
      kind: 'table',
      caption: 'Each data centre while the outage lasted',
      columns: [
        { title: 'Data centre', share: 14 },
        { title: 'State', share: 12 },
        { title: 'Answered', share: 12 },
        { title: 'Reflector', share: 26 },
        { title: 'Detail', share: 44 },
      ],
      rows: seen.farEnds.map((one) =>
        cells(
          one.farEnd,
          one.state,
          percent(one.answered),
          {
            text: one.reflector,
            below: one.signed ? 'by its own signed receipts' : 'not by signed receipts',
          },
          { text: one.detail, below: furtherSilences(one.silences) },
        ),
      ),
    },
    { kind: 'text', text: seen.otherSites },
  ]
}

/** The silences that the detail only counts. */
function furtherSilences(silences: FarEndService['silences']): string {
  const further = silences.slice(SILENCES_NAMED)
  return further.map(({ from, to }) => `silent ${span(from, to)}`).join('; ')
}

function places({ localisation }: Eligibility): readonly Block[] {
  if (localisation.length === 0) return [{ kind: 'text', text: NOWHERE }]
  return [
    {
      kind: 'table',
      caption:
        'Measured between two reflectors, or indicated by replies of routers, which convict nobody',
      columns: [
        { title: 'Where', share: 24 },
        { title: 'What', share: 34 },
        { title: 'Owner', share: 24 },
        { title: 'Confidence', share: 14 },
        { title: 'When', share: 24 },
      ],
      rows: localisation.map((one) =>
        cells(
          { text: one.where, below: one.farEnd },
          one.what,
          { text: one.owner ?? 'not known', below: `${one.responsible}: ${one.matrix}` },
          one.confidence,
          { text: span(one.at.from, one.at.to), below: one.phase },
        ),
      ),
    },
  ]
}

function contract({ contract: { profile, circuits, parties } }: Eligibility): readonly Block[] {
  const named: (readonly [string, string])[] =
    profile === null
      ? [['Profile', 'not in the bundle']]
      : [
          ['Contract', `${profile.title} (${profile.id} ${profile.version})`],
          ['Source', `${profile.document}, revision ${profile.revision}, ${profile.date}`],
          ['Model', profile.model],
          ['Profile SHA-256', profile.sha256],
        ]
  const ways = circuits.map(({ farEnd, reflector, path, provider, orderedBy }) => {
    const who = `provided by: ${provider ?? 'not recorded'}, ordered by: ${orderedBy ?? 'not recorded'}`
    return [`Circuit ${farEnd}`, `${reflector} over ${path}, ${who}`] as const
  })
  const parts = [
    ['Agents', parties.agents.join(', ') || 'none'],
    ['Reflectors', parties.reflectors.join(', ') || 'none'],
    ...sightingTexts(parties).map((text) => ['Seen', text] as const),
    ['Collector', parties.collector],
  ] as const
  return [{ kind: 'pairs', pairs: [...named, ...ways, ...parts] }]
}

function gaps({ gaps: all, collectorSilences, late, exclusions }: Eligibility): readonly Block[] {
  const shown = all.slice(0, 80)
  const rows = shown.map(({ from, to, phase, farEnd, agent, cause, component, detail }) =>
    cells(
      { text: span(from, to), below: `${length(to - from)}, ${phase}` },
      farEnd === 'none' ? (agent ?? 'whole site') : farEnd,
      { text: cause, below: detail },
      component,
    ),
  )
  const columns = [
    { title: 'Time', share: 30 },
    { title: 'Not seen', share: 18 },
    { title: 'Cause', share: 44 },
    { title: 'Part missing', share: 18 },
  ]
  const table: Block[] =
    rows.length === 0
      ? [{ kind: 'text', text: 'No gap.' }]
      : [{ kind: 'table', caption: `${all.length} gaps`, columns, rows }]
  const besides = [
    ...collectorSilences.map(({ from, to }) => `the collector left no tick: ${span(from, to)}`),
    ...late.map(
      (one) =>
        `late: ${one.records} records of ${one.agent}, ${span(one.from, one.to)}, up to ${one.lateSeconds} s, entered ${stamp(one.enteredAt)}`,
    ),
    ...exclusions.map((one) => {
      const when = one.afterTheFact
        ? 'ENTERED AFTERWARDS, never applied'
        : one.applied
          ? 'applied'
          : 'not applied'
      return `exclusion ${one.id}: ${span(one.from, one.to)}, ${one.cause}, ${one.why} (by ${one.by}, entered ${stamp(one.enteredAt)}; ${when}${one.withdrawn ? '; taken back' : ''})`
    }),
  ]
  return [...table, ...(besides.length === 0 ? [] : [list(besides)])]
}

function support({ supportCase }: Eligibility): Block {
  return {
    kind: 'table',
    caption: 'Filled in as far as data go; the rest is for people',
    columns: [
      { title: 'Question', share: 40 },
      { title: 'Known', share: 14 },
      { title: 'Answer', share: 60 },
    ],
    rows: supportCase.map(({ number, question, knowledge, answer }) =>
      cells(`${number}. ${question}`, knowledge, answer),
    ),
  }
}
