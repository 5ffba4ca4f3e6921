import { expect, test } from 'vitest'
import { renderVerification } from '../../../agent/verify/render.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { monthSpan } from '../../../shared/report/month.ts'
import { monthlyReport } from '../../../shared/report/monthly.ts'
import { readinessReport } from '../../../shared/report/readiness.ts'
import { UTC } from '../../../shared/report/zone.ts'
import { asRun, LOSSY } from '../../shared/verdict/run-records.ts'
import { MINUTE, START, stream } from '../../shared/verdict/scenes.ts'
import { bundleOf, NO_KEYS, opened } from '../../support/report-bundles.ts'

/** Checks that somebody asked for, in signed records: judged for themselves, deciding nothing. */
const AT = { from: START + 5 * MINUTE, to: START + 6 * MINUTE }
const voice = [
  stream({ farEnd: 'primary', ...AT }),
  stream({ farEnd: 'secondary', ...AT, ...LOSSY }),
]

/** The sixth minute is a check by hand in place of the minute's own voice. */
const byHand =
  (change: Partial<NonNullable<AgentRecord['run']>> = {}) =>
  (usual: AgentRecord, minute: number): AgentRecord => {
    if (minute !== 5) return usual
    const record = asRun(usual, 'capacity', voice)
    const run = { ...record.run, kind: 'check', by: 'operator', ...change }
    return { ...record, run: { ...run, entered: { by: 'alice', at: AT.from } } as never }
  }

async function found(change: Partial<NonNullable<AgentRecord['run']>> = {}, keys?: typeof NO_KEYS) {
  const one = await opened('leeds', bundleOf({ minutes: 15, change: byHand(change) }), keys)
  if ('why' in one.evidence) throw new Error(one.evidence.why)
  return { one, ...one.evidence }
}

test('a check by hand is judged from its own counts, on whose word, and fails no quarter hour', async () => {
  const { one, found: verified } = await found()
  expect(verified.valid).toBe(true)
  const [look, ...others] = verified.looks
  expect(others).toEqual([])
  expect(look).toMatchObject({
    run: { kind: 'check', by: 'operator', entered: { by: 'alice', at: AT.from } },
    ...{ signed: "signed by the agent alone: one side's word", why: '' },
    judgement: { overall: 'NOT READY' },
  })
  const failing = look?.judgement?.findings.filter(({ verdict }) => verdict === 'fail') ?? []
  expect([...new Set(failing.map(({ id, farEnd }) => `${id} ${farEnd}`))]).toEqual([
    'VRN-6 secondary',
    'VRN-7 secondary',
  ])
  // The same loss in a minute of its own would fail it.
  expect(verified.intervals.map((interval) => interval.failing)).toEqual([[]])
  const text = renderVerification(verified, 'leeds.bundle', 'f'.repeat(64))
  expect(text).toMatch(/check 5e0c9a52: NOT READY: VRN-6, VRN-7 fail\n/)
  expect(text).toMatch(/by hand, entered by alice at 2026-03-02T10:05:00Z/)
  const time = monthSpan('2026-03', UTC)
  if (time === null) throw new Error('a month')
  const month = monthlyReport(one, { month: '2026-03', ...time, zone: UTC, cases: null })
  for (const report of [readinessReport(one), month]) {
    const section = report.sections.find(({ title }) => title === 'Checks that were asked for')
    const said = JSON.stringify(section)
    expect(said).toMatch(
      /entered by alice at .*NOT READY.*VRN-6, VRN-7 fail; signed by the agent alone/,
    )
    // It is no load, and neither holds for a week nor stands for a capacity.
    const load = report.sections.find(({ title }) => /^Runs (of load|on demand)$/.test(title))
    expect(JSON.stringify(load)).toContain('No run of load is in this bundle')
  }
}, 60_000)

test('lines that were asked for alone are judged alone; parts that are not here, and keys, are told', async () => {
  const [only] = (await found({ lines: ['VRN-3'] })).found.looks
  expect(only?.judgement).toMatchObject({ overall: 'READY', onlyLines: ['VRN-3'] })
  const [part] = (await found({ parts: 2 })).found.looks
  expect(part).toMatchObject({ judgement: null, why: expect.stringMatching(/1 of 2 parts/) })
  const [claimed] = (await found({}, NO_KEYS)).found.looks
  expect(claimed?.signed).toBe('claimed only')
  const [lost] = (await found({ outcome: 'lost', lost: 'agent-ended' })).found.looks
  expect(lost).toMatchObject({
    judgement: null,
    why: expect.stringMatching(/^lost: the agent ended/),
  })
  // Nothing was kept of it: that is told, and not as a lack of the bundle.
  const told = await found({ outcome: 'lost', lost: 'agent-ended' })
  const text = renderVerification(told.found, 'leeds.bundle', 'f'.repeat(64))
  expect(text.replaceAll('\n      ', ' ')).toMatch(
    /check 5e0c9a52: lost: the agent ended before it was written/,
  )
  expect(JSON.stringify(readinessReport(told.one))).not.toContain('cannot be recomputed')
}, 60_000)

test('a check that names a line which its profile lacks is not judged on the rest, whoever signed it', async () => {
  const { one, found: verified } = await found({ lines: ['VRN-3', 'VRN-99'] })
  const [look] = verified.looks
  const why = 'it names VRN-99, which test 1.0.0 lacks'
  expect(look).toMatchObject({ judgement: null, why })
  const text = renderVerification(verified, 'leeds.bundle', 'f'.repeat(64))
  const unwrapped = text.replaceAll('\n      ', ' ')
  expect(unwrapped).toContain(`5e0c9a52 of VRN-3, VRN-99 alone: cannot be recomputed: ${why}`)
  expect(JSON.stringify(readinessReport(one))).toContain(`cannot be recomputed: ${why}`)
}, 60_000)
