import { expect, test } from 'vitest'
import type { EntryBody } from '../../../shared/evidence/entry.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { MINUTE, OTHER_BOOT, START } from '../../server/support/fixtures.ts'
import {
  answerFor,
  lossy,
  OUT,
  OUTAGE,
  outageWorld,
  told,
} from '../../support/eligibility-world.ts'
import type { WorldOptions } from '../../support/evidence-world.ts'
import { stream } from '../verdict/scenes.ts'

const at = (minute: number) => START + minute * MINUTE
const exclusion = (change: object): EntryBody => ({
  ...{ kind: 'exclusion', site: 'leeds', id: 'mw-7', from: at(15), to: at(75) },
  ...{ cause: 'maintenance', why: 'work on the core', by: 'noc', withdrawn: false },
  ...change,
})

test('a network that met everything before it went down is MET, line by line, and it was the service that was lost', async () => {
  const { exit, found } = await told(outageWorld())
  expect(exit).toBe(0)
  expect(found.evidence.state).toBe('in-part')
  expect(found.reference).toMatchObject({ from: at(15), to: at(75), quarterHours: 4 })
  expect(found.answers.map(({ answer }) => answer)).toEqual(found.answers.map(() => 'MET'))
  expect(found.answers).toHaveLength(16)
  expect(found.answers.every(({ standing }) => standing === 'both-sides')).toBe(true)
  const delay = answerFor(found, 'VRN-3', 'out', 'primary')
  expect(delay.lastBefore).toMatchObject({ from: at(60), to: at(75), state: 'met', value: 21 })
  expect(delay.firstPassAfter).toMatchObject({ from: at(120), state: 'met' })
  expect(delay.tally.during).toMatchObject({ quarterHours: 3, notMet: 0 })
  expect(found.firstWholePassAfter).toEqual({ from: at(120), to: at(135) })
  expect(found.service.state).toBe('loss')
  expect(
    found.service.farEnds.map(({ state, reflector, signed }) => [state, reflector, signed]),
  ).toEqual([
    ['silent', 'kept-running', true],
    ['silent', 'kept-running', true],
  ])
  expect(found.gaps.filter(({ farEnd }) => farEnd === 'primary')).toMatchObject([
    { from: OUTAGE.from, to: OUTAGE.to, phase: 'during', cause: 'no-reply' },
  ])
})

test('one that lost two per cent on the way back before onset is NOT MET there and MET elsewhere', async () => {
  const world = outageWorld({
    change: (one, minute) => (minute >= 60 && minute < 75 ? lossy(one, 60) : one),
  })
  const { exit, found } = await told(world)
  expect(exit).toBe(1)
  const loss = answerFor(found, 'VRN-6', 'back', 'primary')
  expect(loss).toMatchObject({ answer: 'NOT MET', asClaimed: 'NOT MET' })
  expect(loss.worst).toMatchObject({ from: at(60), state: 'not-met', value: 0.02, n: 45_000 })
  expect(loss.tally.reference).toMatchObject({ met: 3, notMet: 1 })
  expect(found.answers.filter(({ answer }) => answer !== 'MET')).toEqual([loss])
  expect(found.answers[0]).toEqual(loss)
})

test('what fails because of the outage is no determination about the network before it', async () => {
  // Half of the packets are lost until nothing comes back at all: the outage begins with figures.
  const change = (one: AgentRecord, minute: number) =>
    minute >= 80 && minute < 95 ? lossy(one, 1500) : one
  const { exit, found } = await told(outageWorld({ change }))
  expect(exit).toBe(0)
  const loss = answerFor(found, 'VRN-6', 'back', 'primary')
  expect(loss).toMatchObject({ answer: 'MET', tally: { during: { notMet: 2 } } })
})

test('a network that nobody saw before it went down CANNOT BE DETERMINED, and the gap has its cause', async () => {
  const change = (one: AgentRecord, minute: number) => {
    if (minute >= 50 && minute < 70) return null
    return minute < 70 ? one : { ...one, boot: OTHER_BOOT, sequence: minute - 69 }
  }
  const { exit, found } = await told(outageWorld({ change }))
  expect(exit).toBe(2)
  expect(found.answers.every(({ answer }) => answer === 'CANNOT BE DETERMINED')).toBe(true)
  const delay = answerFor(found, 'VRN-3', 'out', 'primary')
  expect(delay.tally.reference).toMatchObject({ met: 2, undetermined: 2 })
  expect(delay.coverage.reference.seen).toBeCloseTo(40 / 60)
  expect(delay.lastBefore).toMatchObject({ from: at(30), state: 'met' })
  expect(found.gaps[0]).toMatchObject({
    from: at(50),
    to: at(70),
    agent: 'leeds-1',
    cause: 'agent-away',
  })
})

test('a collector that was down loses nothing that came later: the silence is its own, the answer stays MET', async () => {
  const entries = (minute: number): EntryBody[] =>
    minute !== 56
      ? []
      : [
          {
            ...{
              kind: 'late',
              site: 'leeds',
              agent: 'leeds-1',
              boot: '0a3d7e0c-4a44-4b5e-9d39-5b6f6f1c2d10',
            },
            ...{ fromSequence: 41, toSequence: 55, lateSeconds: 900 },
          },
        ]
  const listening = (minute: number) => minute < 40 || minute >= 56
  const { exit, found } = await told(outageWorld({ entries, listening }))
  expect(exit).toBe(0)
  expect(found.collectorSilences).toMatchObject([{ from: at(40) + 1000, to: at(57) + 1000 }])
  expect(found.late).toMatchObject([{ from: at(40), to: at(55), records: 15, lateSeconds: 900 }])
  expect(found.gaps.filter(({ phase }) => phase === 'before')).toEqual([])
})

test('a site that falls silent under a collector that listens is told from one that nobody listened to', async () => {
  const change = (one: AgentRecord, minute: number) => (minute >= 80 ? null : one)
  const boot = '0a3d7e0c-4a44-4b5e-9d39-5b6f6f1c2d10'
  const gap: EntryBody = {
    ...{ kind: 'gap', site: 'leeds', agent: 'leeds-1', boot, lastSequence: 80, since: at(80) },
  }
  const noted = (minute: number) => (minute === 87 ? [gap] : [])
  const heard = await told(outageWorld({ change, entries: noted }))
  expect(heard.found.service.state).toBe('site-silent')
  expect(heard.found.gaps.at(-1)).toMatchObject({ cause: 'site-silent', component: 'site-agent' })
  // Without a word of the log from then, who keeps it may be keeping records back.
  const unsaid = await told(outageWorld({ change }))
  expect(unsaid.found.service.state).toBe('not-seen')
  expect(unsaid.found.gaps.at(-1)).toMatchObject({
    ...{ cause: 'records-missing', component: 'not-known' },
  })
  const verdict: EntryBody = {
    ...{ kind: 'verdict', site: 'leeds', from: at(90), to: at(105), overall: 'NOT READY' },
    ...{ profileSha256: 'a'.repeat(64), records: 15, findingsSha256: 'b'.repeat(64), rules: 6 },
  }
  const judged = (minute: number) => (minute === 107 ? [verdict] : noted(minute))
  const kept = await told(outageWorld({ change, entries: judged }))
  expect(kept.found.service.state).toBe('not-seen')
  expect(kept.found.gaps.at(-1)?.detail).toContain('15 records of it were judged')
  const deaf = await told(outageWorld({ change, listening: (minute) => minute < 80 }))
  expect(deaf.found.service.state).toBe('not-seen')
  expect(deaf.found.gaps.at(-1)).toMatchObject({ cause: 'collector-away', component: 'collector' })
})

test('a site that made no record is silent by its own chain where those beside the time are here', async () => {
  const away = (minute: number) => minute >= 80 && minute < 112
  const change = (one: AgentRecord, minute: number) => (away(minute) ? null : one)
  // A bundle that ends before the site is back.
  const until = (minute: number, options: Partial<WorldOptions>) =>
    outageWorld(options).map((line) =>
      line.kind === 'manifest' ? { ...line, to: START + minute * MINUTE } : line,
    )
  const silent = await told(until(105, { change }))
  expect(silent.found.service.state).toBe('site-silent')
  expect(silent.found.gaps.at(-1)).toMatchObject({
    ...{ from: at(80), to: at(105), cause: 'no-record', component: 'site-host' },
  })
  // The hour of reference lies wholly between signed records; of the first quarter hour none is before it.
  expect(silent.found.chain.whole).toEqual({
    ...{ quarterHours: 6, of: 7, reference: 4, ofReference: 4 },
  })
  expect(silent.text.replaceAll(/\s+/g, ' ')).toContain(
    "By the agents' signed chain no record is left out of 6 of 7 quarter hours (4 of the 4 of the reference); of the others",
  )
  // Its chain tells of minutes that nobody shows.
  const lost = await told(until(105, { lose: away }))
  expect(lost.found.service.state).toBe('not-seen')
  expect(lost.found.gaps.at(-1)).toMatchObject({ cause: 'records-missing', component: 'not-known' })
  expect(lost.found.chain.findings.map(({ code }) => code)).toContain('sequence-hole')
})

test('clocks that cannot be trusted leave the delay open where round trips do not prove it, and nothing else', async () => {
  const change = (one: AgentRecord, minute: number): AgentRecord => {
    if (OUT(minute)) return one
    const { from, to } = one.window
    const faulty = {
      ...{ from, to, rttReachesLimit: 3000 },
      clocks: { offset: null, fault: 'contradiction' as const },
      out: { delay: null },
      back: { delay: null },
    }
    return {
      ...one,
      observations: [
        stream({ farEnd: 'primary', ...faulty, rtt: null }),
        stream({ farEnd: 'secondary', from, to }),
      ],
    }
  }
  const { exit, found } = await told(outageWorld({ change }))
  expect(exit).toBe(2)
  const open = found.answers.filter(({ answer }) => answer !== 'MET')
  expect(open.map(({ id, farEnd }) => `${id} ${farEnd}`)).toEqual([
    'VRN-3 primary',
    'VRN-3 primary',
  ])
  expect(found.method.clocks.faultyWindows).toBeGreaterThan(0)
})

test('an exclusion entered after it began is shown as such and excuses nothing; one entered before does', async () => {
  const bad = (one: AgentRecord, minute: number) =>
    minute >= 60 && minute < 75 ? lossy(one, 60) : one
  const late = await told(
    outageWorld({
      change: bad,
      entries: (minute) => (minute === 130 ? [exclusion({ from: at(60) })] : []),
    }),
  )
  expect(late.exit).toBe(1)
  expect(late.found.exclusions).toMatchObject([{ id: 'mw-7', afterTheFact: true, applied: false }])
  expect(late.text.replaceAll(/\s+/g, ' ')).toContain('NOT APPLIED: entered after it began')
  // A date that its place in the log belies makes it no earlier.
  const dated = { ...exclusion({ from: at(60) }), at: at(59) }
  const belied = await told(
    outageWorld({ change: bad, entries: (minute) => (minute === 130 ? [dated] : []) }),
  )
  expect(belied.exit).toBe(1)
  expect(belied.found.exclusions).toMatchObject([{ afterTheFact: true, applied: false }])
  const agreed = await told(
    outageWorld({
      change: bad,
      entries: (minute) => (minute === 5 ? [exclusion({ from: at(60) })] : []),
    }),
  )
  expect(agreed.exit).toBe(0)
  const loss = answerFor(agreed.found, 'VRN-6', 'back', 'primary')
  expect(loss.tally.reference).toMatchObject({ met: 3, excluded: 1, notMet: 0 })
})

test('a minute in words of a later build leaves its quarter hour open, and the profile in force known', async () => {
  const later = (one: AgentRecord) => ({
    ...one,
    observations: one.observations.map((seen) => ({ ...seen, later: 1 })),
  })
  const { exit, found } = await told(
    outageWorld({ change: (one, minute) => (minute === 65 ? later(one) : one) }),
  )
  expect([exit, found.evidence.state]).toEqual([2, 'in-part'])
  expect(found.contract.profile?.id).toBe('test')
  const delay = answerFor(found, 'VRN-3', 'out', 'primary')
  expect(delay.answer).toBe('CANNOT BE DETERMINED')
  expect(delay.tally.reference).toMatchObject({ met: 3, notMet: 0, undetermined: 1 })
})

test('what an entry in words of a later build may have left out is not determined, and no other time', async () => {
  const world = (change: object) =>
    told(
      outageWorld({
        entries: (minute) =>
          minute === 5 ? [{ ...exclusion({ from: at(15), to: at(30) }), ...change }] : [],
      }),
    )
  const { exit, found } = await world({ later: 1 })
  expect(exit).toBe(2)
  const delay = answerFor(found, 'VRN-3', 'out', 'primary')
  expect(delay.tally.reference).toMatchObject({ met: 3, excluded: 0, undetermined: 1 })
  expect(delay.why).toContain('entry-unread')
  const { found: whole } = await world({ kind: 'moratorium', from: undefined, to: undefined })
  expect(whole.answers.every(({ answer }) => answer === 'CANNOT BE DETERMINED')).toBe(true)
  // Of another site, and of what takes nothing out.
  for (const other of [{ later: 1, site: 'york' }, { kind: 'tick' }])
    expect((await world(other)).exit).toBe(0)
})

test('an exclusion of all that decides decides nothing', async () => {
  const entries = (minute: number) => (minute === 5 ? [exclusion({})] : [])
  const { exit, found } = await told(outageWorld({ entries }))
  expect(exit).toBe(2)
  expect(found.answers[0]).toMatchObject({ answer: 'CANNOT BE DETERMINED' })
})

test('without keys nothing is proven, whatever is claimed', async () => {
  const { exit, found, text } = await told(outageWorld(), {
    ...{ agentKey: [], reflectorKey: [], logKey: [] },
  })
  expect(exit).toBe(2)
  expect(found.answers[0]).toMatchObject({
    ...{ answer: 'CANNOT BE DETERMINED', asClaimed: 'MET', standing: 'unproven' },
  })
  expect(text).toContain('nothing is proven')
})

test('invalid evidence determines nothing and exits 5', async () => {
  const edited = outageWorld().map((line) =>
    line.kind === 'record' && line.index > 150
      ? { ...line, payload: line.payload.replace('"received":3000', '"received":2999') }
      : line,
  )
  const { exit, found } = await told(edited)
  expect(exit).toBe(5)
  expect(found.answers.every(({ asClaimed }) => asClaimed === 'CANNOT BE DETERMINED')).toBe(true)
})

test('a person reads it in 100 columns, is told who decides, and never that a credit is due', async () => {
  const { text, found } = await told(outageWorld())
  expect(text.split('\n').filter((line) => line.length > 100)).toEqual([])
  expect(text).toContain('This document says what was measured')
  // Both signed for the minute, and what came back of it nobody but the agent can count.
  expect(text.replace(/\s+/g, ' ')).toContain('and how, is the word of the agent alone')
  expect(`${text}${JSON.stringify(found)}`).not.toMatch(/credit is due|entitled/i)
  expect(found.supportCase.map(({ knowledge }) => knowledge)).toContain('not-known')
})
