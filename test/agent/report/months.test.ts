import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readCases } from '../../../agent/report/cases.ts'
import { makeMonthly } from '../../../agent/report/month.ts'
import { zoneGiven } from '../../../agent/report/run.ts'
import type { ReportDocument } from '../../../shared/report/document.ts'
import { monthSpan } from '../../../shared/report/month.ts'
import { rectificationReport } from '../../../shared/report/rectification.ts'
import { profileWith } from '../../shared/verdict/scenes.ts'
import { bundleOf, jittering, opened, reportOptions } from '../../support/report-bundles.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

const HOUR = 3_600_000

function rows(report: ReportDocument, title: string): string[] {
  const section = report.sections.find((one) => one.title === title)
  return (section?.blocks ?? []).flatMap((block) =>
    block.kind === 'table'
      ? block.rows.map((row) =>
          row.map(({ text, below }) => `${text} ${below ?? ''}`.trim()).join(' | '),
        )
      : [],
  )
}

describe('monthly', () => {
  test('minutes by clause and leg, the outage as one run, cases by number, and what is not in the bundle', async () => {
    const folder = temporaryDirectory()
    const bundle = join(folder, 'march.bundle')
    writeFileSync(bundle, bundleOf({ minutes: 90, change: jittering(30, 60) }))
    const cases = join(folder, 'cases.csv')
    const text =
      'case,from,to\r\n"CASE-1, again",2026-03-02T10:40Z,2026-03-02T10:50Z\nCASE-2,2026-02-01T10:00Z,2026-02-01T11:00Z\n'
    writeFileSync(cases, text)
    const report = await makeMonthly({
      ...reportOptions(join(folder, 'march')),
      month: '2026-03',
      bundle,
      cases,
    })
    expect(report.headline.word).toBe('NOT READY')
    expect(report.headline.says[0]).toBe(
      'THE BUNDLE DOES NOT HOLD THE WHOLE MONTH: 30 d 22 h 30 min of it are not in it and were not judged.',
    )
    const clause = rows(report, 'Clauses').find((row) =>
      /^VRN-4.*secondary, far end to site/.test(row),
    )
    expect(clause).toMatch(
      /\| FAIL \| 60 \| 30 \| 0 \| 0 44,550 not judged \| 41 ms < 30 ms at 2026-03-02 10:30 UTC/,
    )
    expect(rows(report, 'Times when standards were not met')).toEqual([
      '2026-03-02 10:30 to 11:00 UTC | 30 min | standards not met | VRN-4 secondary, far end to site: 41 ms',
    ])
    expect(rows(report, 'Cases')).toEqual([
      'CASE-1, again | 2026-03-02 10:40 to 10:50 UTC | PASS | 2 quarter hours: 2 FAIL VRN-4 secondary, far end to site | 2026-03-02 11:00 UTC',
      'CASE-2 | 2026-02-01 10:00 to 11:00 UTC | not in this month |  | ',
    ])
    const heats = report.sections
      .flatMap(({ blocks }) => blocks)
      .filter(({ kind }) => kind === 'heat')
    const [primary, secondary] = heats.map((block) =>
      block.kind === 'heat' ? block.heat.rows[1]?.hours : [],
    )
    expect(primary?.slice(9, 13)).toEqual(['not-tested', 'pass', 'not-tested', 'not-tested'])
    expect(secondary?.slice(9, 13)).toEqual(['not-tested', 'fail', 'not-tested', 'not-tested'])
  })

  test('a month is that of the calendar, in its zone, with the hour that summer takes', () => {
    const london = zoneGiven('Europe/London')
    expect(monthSpan('2026-10', zoneGiven(undefined))).toEqual({
      fromMs: Date.UTC(2026, 9, 1),
      toMs: Date.UTC(2026, 10, 1),
    })
    const march = monthSpan('2026-03', london)
    expect(march).toEqual({ fromMs: Date.UTC(2026, 2, 1), toMs: Date.UTC(2026, 2, 31, 23) })
    expect(((march?.toMs ?? 0) - (march?.fromMs ?? 0)) / HOUR).toBe(31 * 24 - 1)
    expect(monthSpan('2026-13', london)).toBeNull()
    expect(() => zoneGiven('Leeds')).toThrow(/--zone: wanted the name of a time zone/)
  })

  test('a case that cannot be read is refused with its line', () => {
    const file = join(temporaryDirectory(), 'cases.csv')
    const refused = (text: string) => {
      writeFileSync(file, text)
      return () => readCases(file)
    }
    expect(refused('case,from,to\nA,2026-03-02T10:00,2026-03-02T11:00Z')).toThrow(
      /cases\.csv:2: wanted case,from,to/,
    )
    expect(refused('A,2026-03-02T11:00Z,2026-03-02T10:00Z')).toThrow(
      /cases\.csv:1: wanted an end after the start/,
    )
    expect(refused('A,2026-03-02T10:00Z')).toThrow(/cases\.csv:1/)
  })

  test('neither a bundle nor a collector is a matter of usage', async () => {
    const asked = makeMonthly({ ...reportOptions('x'), month: '2026-03', site: 'leeds' })
    await expect(asked).rejects.toThrow(
      /wanted --bundle, or --site and --collector, found no --collector/,
    )
  })
})

describe('rectification', () => {
  const failed = () => opened('before', bundleOf({ minutes: 15, change: jittering(0, 15) }))

  test('names the quarter hour from which the standards are met again, to the end', async () => {
    // Its first half hour still fails.
    const after = await opened(
      'after',
      bundleOf({ minutes: 75, since: 15, change: jittering(0, 45) }),
    )
    const report = rectificationReport(await failed(), after)
    expect(report.headline).toMatchObject({
      word: 'MET AGAIN FROM 2026-03-02 10:45 UTC',
      tone: 'pass',
    })
    expect(rows(report, 'Before and after')[0]).toMatch(
      /^VRN-4.*\| FAIL \| 41 ms \| FAIL \| 41 ms \| 2026-03-02 10:45 UTC/,
    )
  })

  test('says loudly that two profiles, or the wrong order, cannot be compared', async () => {
    const other = await opened('after', bundleOf({ minutes: 15, profile: profileWith() }))
    const report = rectificationReport(await failed(), other)
    expect(report.headline.word).toBe('CANNOT BE COMPARED')
    expect(report.headline.says.join(' ')).toMatch(
      /Two profiles: [0-9a-f]{64} and [0-9a-f]{64}.*give them in the order of time/,
    )
    expect(rows(report, 'Before and after')).toEqual([])
  })

  test('where it still fails it is not met again; where one of the two is invalid nothing is said', async () => {
    const after = await opened(
      'after',
      bundleOf({ minutes: 30, since: 15, change: jittering(0, 30) }),
    )
    const report = rectificationReport(await failed(), after)
    expect(report.headline).toMatchObject({ word: 'NOT MET AGAIN', tone: 'fail' })
    const forked = await opened('after', bundleOf({ minutes: 16, hide: (minute) => minute === 5 }))
    expect(rectificationReport(await failed(), forked).headline.word).toBe('EVIDENCE INVALID')
  })
})
