import { expect, test } from 'vitest'
import type { Eligibility } from '../../../shared/eligibility/document.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { MINUTE, START } from '../../server/support/fixtures.ts'
import {
  answerFor,
  datedWorld,
  lossy,
  told,
  VOICE_PROFILE,
} from '../../support/eligibility-world.ts'
import { receipt, SIGNERS, type WorldOptions, worldLines } from '../../support/evidence-world.ts'
import { siteWith, stream } from '../verdict/scenes.ts'

/** Half an hour before the outage decides; the way to the primary loses from 10:30 on, beyond the LAN. */
const MINUTES = 64
const OUTAGE = { from: START + 60 * MINUTE, to: START + 63 * MINUTE }
const BAD = (minute: number) => minute >= 30 && minute < 60
const END = { reflector: '192.0.2.1', circuitProvider: 'Carrier', orderedBy: 'vendor' }
const SITE = siteWith({
  farEnds: { primary: END, secondary: { reflector: '192.0.2.2' } },
  segments: [{ name: 'lan', reflector: '192.0.2.3', owner: 'customer', farEnd: 'primary' }],
})

/** What the border's reflector does of a minute that its agent sends to it as well. */
type Border = (one: AgentRecord, minute: number) => AgentRecord

const signs: Border = (one, minute) => {
  const { from, to } = one.window
  const whose = { farEnd: 'primary' as const, segment: 'lan', from, to }
  const receipts = [receipt(SIGNERS.reflector, from, minute, 'border')]
  return {
    ...one,
    observations: [...one.observations, stream(whose)],
    evidence: [...(one.evidence ?? []), { ...whose, rows: null, oneSided: null, receipts }],
  }
}
const isMute: Border = (one, minute) => {
  const signed = signs(one, minute)
  const evidence = (signed.evidence ?? []).map((each) =>
    each.segment === undefined ? each : { ...each, receipts: [], oneSided: 'not-offered' as const },
  )
  return { ...signed, evidence }
}
const contradicts: Border = (one, minute) => {
  const signed = signs(one, minute)
  const observations = signed.observations.map((each) =>
    each.kind === 'stream' && each.segment !== undefined
      ? { ...each, contradictedReceipts: 1 }
      : each,
  )
  return { ...signed, observations }
}

async function found(
  border: Border,
  {
    date = true,
    change = (one: AgentRecord) => one,
    ...options
  }: Partial<WorldOptions> & { readonly date?: boolean } = {},
): Promise<Eligibility> {
  const world: WorldOptions = {
    ...{ minutes: MINUTES, profile: VOICE_PROFILE, site: SITE, sparse: true, ...options },
    change: (one, minute) => {
      const seen = change(one, minute)
      return seen === null ? null : border(seen, minute)
    },
  }
  const lines = date ? datedWorld(world) : worldLines(world)
  const time = { from: new Date(OUTAGE.from).toISOString(), to: new Date(OUTAGE.to).toISOString() }
  const { found: document } = await told(lines, {
    ...{ ...time, reference: 30 * MINUTE },
  })
  return document
}

const failing = {
  change: (one: AgentRecord, minute: number) => (BAD(minute) ? lossy(one, 900) : one),
}
const segmentsOf = ({ localisation }: Eligibility) =>
  localisation.map(({ where, confidence, owner, responsible }) => [
    where,
    confidence,
    owner,
    responsible,
  ])

test('loss is located in a segment, and its owner named, where reflectors on both its borders signed', async () => {
  const { localisation, answers, ...document } = await found(signs, failing)
  expect(segmentsOf({ localisation, answers, ...document })).toEqual([
    ['segment to-primary', 'measured', 'Carrier', 'vendor'],
  ])
  expect(localisation[0]?.what).toContain('failed in 2 quarter hours')
  const parts = answers.filter(({ segment }) => segment !== undefined)
  expect(
    parts.map(({ segment, leg, answer, standing }) => [segment, leg, answer, standing]),
  ).toEqual([
    ['to-primary', 'back', 'NOT MET', 'both-sides'],
    ['lan', 'out', 'MET', 'both-sides'],
    ['to-primary', 'out', 'MET', 'both-sides'],
    ['lan', 'back', 'MET', 'both-sides'],
  ])
})

test.each([
  ['does not sign', isMute, {}, 'not every reflector'],
  ['signs, and the site is described without a date', signs, { date: false }, 'without a date'],
] as const)('by one side alone nothing is located: the border %s', async (_, border, how, why) => {
  const { localisation } = await found(border, { ...failing, ...how })
  expect(localisation).toMatchObject([
    {
      where: 'segment to-primary',
      confidence: 'undetermined',
      owner: null,
      responsible: 'not-known',
    },
  ])
  expect(localisation[0]?.what).toContain('CANNOT BE DETERMINED')
  expect(localisation[0]?.what).toContain(why)
})

test('a border that contradicts its agent leaves the parts open, and not the whole way', async () => {
  const document = await found(contradicts, failing)
  expect(document.localisation).toEqual([])
  const parts = document.answers.filter(({ segment }) => segment !== undefined)
  expect(new Set(parts.map(({ answer }) => answer))).toEqual(new Set(['CANNOT BE DETERMINED']))
  const whole = document.answers.find(
    ({ id, leg, farEnd, segment }) =>
      `${id} ${leg} ${farEnd} ${segment}` === 'VRN-6 back primary undefined',
  )
  expect(whole?.answer).toBe('NOT MET')
})

test('what is so only by a description without a date is neither MET nor NOT MET, and says so', async () => {
  const [undated, sure] = [await found(signs, { date: false }), await found(signs)]
  const parts = (document: Eligibility) =>
    document.answers.filter(({ segment }) => segment !== undefined)
  expect(parts(undated)).toHaveLength(4)
  for (const one of parts(undated)) {
    expect(one).toMatchObject({ answer: 'CANNOT BE DETERMINED', asClaimed: 'MET' })
    expect(one).toMatchObject({ standing: 'unproven', required: true })
    expect(one.why).toContain('2 rest on what is said of the site, and no log dates that')
    expect(one.worst?.detail).toContain('by a description without a date')
  }
  expect(new Set(parts(sure).map(({ answer }) => answer))).toEqual(new Set(['MET']))
  // What is measured whatever is said of the site rests on nothing of it.
  expect(answerFor(undated, 'VRN-4', 'out', 'primary')).toMatchObject({
    ...{ answer: 'MET', standing: 'both-sides' },
  })
})

test('nor does it take a requirement away: a way that is said to carry no voice stays open', async () => {
  const primary = { ...END, path: 'RVA' }
  const site = siteWith({ farEnds: { primary, secondary: { reflector: '192.0.2.2' } } })
  const { answers } = await found((one) => one, { ...failing, site, date: false })
  const loss = answers.find(
    ({ id, leg, farEnd }) => `${id} ${leg} ${farEnd}` === 'VRN-6 back primary',
  )
  expect(loss).toMatchObject({ answer: 'CANNOT BE DETERMINED', required: true })
  expect(loss?.why).toContain('no log dates that')
})
