import { expect, test } from 'vitest'
import type { AgentRecord } from '../../../shared/record/record.ts'
import type { ReportDocument } from '../../../shared/report/document.ts'
import { monthSpan } from '../../../shared/report/month.ts'
import { monthlyReport } from '../../../shared/report/monthly.ts'
import { UTC } from '../../../shared/report/zone.ts'
import { asRun, LOSSY, looksUnderLoad, rampSteps } from '../../shared/verdict/run-records.ts'
import { LINES, profileWith, siteWith } from '../../shared/verdict/scenes.ts'
import { bundleOf, NO_KEYS, opened } from '../../support/report-bundles.ts'

const WORLD = {
  ...{ minutes: 45, site: siteWith({ peakCalls: 4 }) },
  profile: profileWith({ requirements: LINES.filter(({ id }) => /^VRN-[1345-7]$/.test(id)) }),
}

/** A run under an id and a word of its own. */
function another(record: AgentRecord, n: number, change: Partial<NonNullable<AgentRecord['run']>>) {
  const { run } = record
  if (run === undefined) throw new Error('no run')
  return { ...record, run: { ...run, id: `5e0c9a52-0000-4000-8000-00000000000${n}`, ...change } }
}

/** Both kinds early, a ramp that breaks later, one that was lost, and one with a part that is not here. */
function busy(usual: AgentRecord, minute: number): AgentRecord {
  if (minute === 3) return asRun(usual, 'capacity', rampSteps())
  if (minute === 4) return asRun(usual, 'qos', looksUnderLoad())
  if (minute === 20) return another(asRun(usual, 'capacity', rampSteps(LOSSY)), 3, {})
  if (minute === 21) {
    return another(asRun(usual, 'qos', []), 4, { outcome: 'lost', lost: 'agent-ended' })
  }
  return minute === 22 ? another(asRun(usual, 'qos', looksUnderLoad()), 5, { parts: 2 }) : usual
}

const BUSY = bundleOf({ ...WORLD, change: busy })

async function monthOf(bundle: Uint8Array, keys?: typeof NO_KEYS) {
  const time = monthSpan('2026-03', UTC)
  if (time === null) throw new Error('a month')
  const one = await opened('march', bundle, keys)
  return monthlyReport(one, { month: '2026-03', ...time, zone: UTC, cases: null })
}

function section(report: ReportDocument) {
  const found = report.sections.find(({ title }) => title === 'Runs on demand')
  const [block] = found?.blocks ?? []
  if (block?.kind !== 'table') return [block?.kind === 'text' ? block.text : '']
  return block.rows.map((row) =>
    row.map(({ text, below }) => `${text}${below ? ` (${below})` : ''}`).join(' | '),
  )
}

test('a month lists every run: what it offered where, who asked, and what was judged while it held', async () => {
  const found = section(await monthOf(BUSY))
  expect(found).toHaveLength(8)
  const [first = '', second = ''] = found
  expect(first).toBe(
    'capacity (5e0c9a52, asked by the collector) | 2026-03-02 10:03 to 10:04 UTC | primary | ' +
      "2, 4 calls g711 each way, one number after the other (signed by the agent alone: one side's word) | " +
      'PASS (VRN-7 site to far end: pass in 1 quarter hour; VRN-7 far end to site: pass in 1 quarter hour)',
  )
  expect(second).toContain('| secondary |')
  const priority = found.filter((row) => row.startsWith('qos') && row.includes('| primary |'))
  expect(priority).toHaveLength(1)
  // The two that came after it and count for nothing do not end it.
  expect(priority[0]).toMatch(
    /beside 1280 kbit\/s.*VRN-1 site to far end: pass in 2 quarter hours, cannot say in 1 quarter hour/,
  )
  const broken = found.filter((row) => row.includes('10:20 to'))
  expect(broken[0]).toMatch(/\| FAIL \(VRN-7 site to far end: fail in 2 quarter hours/)
  const last = found.slice(-2)
  expect(last[0]).toContain(
    '| not known | lost: the agent ended before it was written (signed) | it decided no line',
  )
  expect(last[1]).toContain(
    '| not known | 1 of 2 parts are not here: it counts for nothing (signed by the agent alone: ',
  )
}, 60_000)

test('without a run it says so, and without keys that it is only claimed', async () => {
  expect(section(await monthOf(bundleOf({ ...WORLD, minutes: 15 })))[0]).toContain(
    'No run of load is in this bundle',
  )
  expect(section(await monthOf(BUSY, NO_KEYS))[0]).toContain('(claimed only)')
}, 60_000)

test('where the worst figure does not tell the verdict, what does stands beside it', async () => {
  const { sections } = await monthOf(BUSY)
  const [table] = sections.find(({ title }) => title === 'Clauses')?.blocks ?? []
  const worst = (id: string) =>
    (table?.kind === 'table' ? table.rows : [])
      .filter(([line, where]) => line?.text === id && where?.text === 'primary, site to far end')
      .map((row) => `${row[2]?.text} | ${row.at(-1)?.text} | ${row.at(-1)?.below}`)
      .join()
  expect(worst('VRN-7')).toMatch(
    /^FAIL \| 352 kbit\/s \| >= 352 kbit\/s at 2026-03-02 10:15 UTC: the limits on delay, jitter or loss did not hold while these calls were offered \(/,
  )
  expect(worst('VRN-3')).toMatch(/^CANNOT SAY \| 21 ms \[20, 22\] \| < 150 ms at .* UTC: \w/)
})
