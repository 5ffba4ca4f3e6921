import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eligibilityReport } from '../../../shared/report/eligibility.ts'
import { parseEligibility } from '../../../shared/report/eligibility-input.ts'
import { escapeHtml } from '../../../shared/report/escape.ts'
import { drawHeatMap } from '../../../shared/report/heat-map.ts'
import { renderHtml } from '../../../shared/report/html.ts'
import { drawTimePlot, type TimePlot } from '../../../shared/report/time-plot.ts'
import { worstOf } from '../../../shared/report/timeline.ts'
import { length, span, UTC } from '../../../shared/report/zone.ts'
import { SAMPLE } from '../../support/eligibility-sample.ts'

const STEP = 900_000

function plotOf(values: readonly (number | null)[], limit: number | null = 30): TimePlot {
  return {
    ...{
      title: 'jitter',
      unit: 'ms',
      fromMs: Date.UTC(2026, 2, 2),
      stepMs: STEP,
      steps: values.length,
      limit,
    },
    series: [{ name: 'out', values, low: [], high: [] }],
    gaps: values.map((value) => (value === null ? 'whole' : 'none')),
    ...{ shaded: [], busy: [] },
  }
}

/** Polylines of the first series. */
function lines(plot: TimePlot, width = 720) {
  const shape = drawTimePlot(plot, width).shapes.find(
    (one) => one.kind === 'lines' && one.stroke === 'out',
  )
  return shape?.kind === 'lines' ? shape.lines : []
}

describe('a plot', () => {
  test('never bridges what was not seen, and never draws outside of itself', () => {
    const value = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }))
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), (values) => {
        const runs = values.filter((one, at) => one !== null && (values[at - 1] ?? null) === null)
        const drawn = lines(plotOf(values))
        expect(drawn).toHaveLength(runs.length)
        for (const [x, y] of drawn.flat()) {
          expect(x >= 64 && x <= 712.1 && y >= 20 && y <= 86).toBe(true)
        }
      }),
    )
  })

  test('of more steps than it is wide shows the worst of those drawn as one', () => {
    const values = Array.from({ length: 2976 }, (_, at) => (at === 1500 ? 29 : 1))
    const tops = lines(plotOf(values))
      .flat()
      .map(([, y]) => y)
    const alone = lines(plotOf([29, 1]))
      .flat()
      .map(([, y]) => y)
    expect(Math.min(...tops)).toBe(Math.min(...alone))
  })

  test('shows its limit, and says in words how much of it was seen', () => {
    const drawing = drawTimePlot(plotOf([1, null, 2]), 720)
    expect(drawing.shapes).toContainEqual(
      expect.objectContaining({ kind: 'text', text: 'limit 30' }),
    )
    expect(drawing.label).toBe(
      'jitter, 2026-03-02 00:00 UTC to 2026-03-02 00:45 UTC; 2 of 3 steps seen',
    )
  })
})

test('each word of a heat map has a mark of its own besides its colour', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => (hour === 3 ? 'fail' : 'pass')) as 'pass'[]
  const drawing = drawHeatMap(
    { title: 'primary', rows: [{ day: '2026-03-02', hours }], note: '' },
    720,
  )
  expect(drawing.label).toBe(
    'primary: 23 hours pass, 1 hours fail, 0 hours cannot say, 0 hours nothing seen',
  )
  // One cross in the legend, one in the map.
  const crosses = drawing.shapes.filter((one) => one.kind === 'lines' && one.lines.length === 2)
  expect(crosses).toHaveLength(2)
})

test('nothing, and a part of the time, are never a pass', () => {
  expect(worstOf([])).toBe('not-tested')
  expect(worstOf(['pass', null])).toBe('inconclusive')
  expect(worstOf(['pass', 'not-tested'])).toBe('inconclusive')
  expect(worstOf(['pass', 'fail', null])).toBe('fail')
  expect(worstOf(['pass', 'pass'])).toBe('pass')
})

test('escaped text holds no character that HTML or the direction of writing acts on', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      expect(escapeHtml(text)).not.toMatch(/[<>"'\p{Cc}\p{Bidi_Control}]/u)
    }),
  )
})

test('lengths and spans as people say them', () => {
  expect([0, 45, 60, 1500, 2895].map((minutes) => length(minutes * 60_000))).toEqual([
    ...['0 min', '45 min', '1 h', '1 d 1 h', '2 d 15 min'],
  ])
  const at = Date.UTC(2026, 2, 2, 23, 45)
  expect(span(at, at + STEP)).toBe('2026-03-02 23:45 to 2026-03-03 00:00 UTC')
})

describe('eligibility', () => {
  test('answers line by line, says what it does not decide, and never that a credit is due', () => {
    const report = eligibilityReport(SAMPLE)
    expect(report.headline.says).toContain(SAMPLE.decides)
    const html = renderHtml(report, UTC)
    for (const { id, answer, why } of SAMPLE.answers) {
      for (const said of [id, answer, why]) expect(html).toContain(escapeHtml(said))
    }
    for (const { question, answer } of SAMPLE.supportCase) {
      expect(html).toContain(escapeHtml(question))
      expect(html).toContain(escapeHtml(answer))
    }
  })

  test('never breaks a date at its hyphens, in words as in cells', () => {
    const html = renderHtml(eligibilityReport(SAMPLE), UTC).replace(
      /<(title|svg)[\s\S]*?<\/\1>/g,
      '',
    )
    const whole = [...html.matchAll(/<time>(\d{4}-\d{2}-\d{2})(?:T[\d:]+Z)?<\/time>/g)]
    expect(whole.length).toBeGreaterThan(10)
    expect(html.match(/\d{4}-\d{2}-\d{2}/g)).toHaveLength(whole.length)
  })

  test('without keys says what was not verified, and with which option it would be', () => {
    const { keys } = SAMPLE.method
    const told = (left: typeof keys) =>
      eligibilityReport({ ...SAMPLE, method: { ...SAMPLE.method, keys: left } }).headline.says
    expect(told([])).toContain(
      "NOT VERIFIED, because no key was given: the agent's records, the reflectors' receipts, the log. Make this again with --agent-key, --reflector-key, --log-key.",
    )
    const all = ['agent', 'reflector', 'log'] as const
    const given = all.map((role) => ({ role, key: 'k', sha256: 'a'.repeat(64) }))
    expect(told(given).join()).not.toContain('NOT VERIFIED')
  })

  test('of invalid evidence says that first, whatever else stands in the document', () => {
    const invalid = {
      ...SAMPLE,
      evidence: { ...SAMPLE.evidence, state: 'invalid' as const, invalid: 2 },
    }
    expect(eligibilityReport(invalid).headline).toMatchObject({
      word: 'EVIDENCE INVALID',
      tone: 'fail',
    })
  })

  test('a document that is none is refused with its first wrong place', () => {
    expect(parseEligibility(JSON.parse(JSON.stringify(SAMPLE)))).toMatchObject({ ok: true })
    expect(parseEligibility({ ...SAMPLE, sentence: 3 })).toMatchObject({
      ok: false,
      error: expect.stringMatching(/^sentence: /),
    })
  })
})
