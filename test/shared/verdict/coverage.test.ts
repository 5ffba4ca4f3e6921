import { expect, test } from 'vitest'
import {
  holesIn,
  holesText,
  periodOf,
  stretchesOf,
  tooLong,
} from '../../../shared/verdict/coverage.ts'
import { judgePeriod } from '../../../shared/verdict/judge-period.ts'
import {
  findingAt,
  judged,
  MINUTE,
  profileWith,
  START,
  silent,
  siteWith,
  stream,
  verdictAt,
} from './scenes.ts'

const minute = (index: number, change = {}) =>
  stream({ from: START + index * MINUTE, to: START + (index + 1) * MINUTE, ...change })
const QUARTER = { from: START, to: START + 15 * MINUTE }
const quarter = Array.from({ length: 15 }, (_, index) => minute(index))

test('fifteen good minutes pass as one interval', () => {
  const finding = findingAt(judged(quarter, QUARTER), 'VRN-6')
  expect(finding).toMatchObject({ verdict: 'pass', n: 45_000, detail: '0 of 45000 lost' })
})

test('a minute without a record denies a pass and is named', () => {
  const without = quarter.filter((_, index) => index !== 4)
  const finding = findingAt(judged(without, QUARTER), 'VRN-6')
  expect(finding).toMatchObject({ verdict: 'inconclusive', reason: 'partly-observed', n: 42_000 })
  expect(finding.detail).toContain('not seen, UTC: 10:04:00-10:05:00 (no record)')
})

test('a minute in which nothing answered denies a pass and is no loss', () => {
  const dead = quarter.map((o, i) => (i === 4 ? silent(3000, { from: o.from, to: o.to }) : o))
  const finding = findingAt(judged(dead, QUARTER), 'VRN-6')
  expect(finding).toMatchObject({ verdict: 'inconclusive', reason: 'partly-observed', value: 0 })
  expect(finding.detail).toContain('(no reply)')
})

test('a short gap inside a window is named with its cause and denies nothing', () => {
  const gap = { from: START + 20_000, to: START + 23_000, cause: 'reflector-restart' } as const
  const finding = findingAt(judged([minute(0, { gaps: [gap] })]), 'VRN-3')
  expect(finding.verdict).toBe('pass')
  expect(finding.detail).toContain('10:00:20-10:00:23 (reflector-restart)')
})

test('pieces that touch and have one cause are one, and none is shown as no time at all', () => {
  const gap = (from: number, to: number, cause: 'agent-start' | 'reflector-restart') => ({
    ...{ from: START + from, to: START + to, cause },
  })
  const begun = [gap(0, 49_300, 'agent-start'), gap(49_300, 49_324, 'agent-start')]
  const detail = (gaps: typeof begun) =>
    findingAt(judged([minute(0, { gaps })]), 'VRN-3')
      .detail.split('; ')
      .at(-1)
  expect(detail(begun)).toBe('not seen, UTC: 10:00:00-10:00:49 (agent-start)')
  expect(detail([...begun, gap(55_000, 55_000, 'reflector-restart')])).toBe(detail(begun))
  expect(detail([...begun, gap(55_000, 55_024, 'reflector-restart')])).toBe(
    'not seen, UTC: 10:00:00-10:00:49 (agent-start), 10:00:55 for 24 ms (reflector-restart)',
  )
})

test('a fail needs no coverage', () => {
  const lossy = minute(3, {
    out: { jitter: null, loss: { ...minute(0).legs.out.loss, lost: 300 } },
  })
  expect(verdictAt(judged([lossy], QUARTER), 'VRN-6')).toBe('fail over-limit')
})

test('a window belongs to one of two neighbouring intervals', () => {
  const next = { from: START + 15 * MINUTE, to: START + 30 * MINUTE }
  const askew = minute(14, { from: START + 14 * MINUTE + 200, to: START + 15 * MINUTE + 200 })
  const n = (period: typeof QUARTER) =>
    judged([askew], period).findings.find((f) => f.id === 'VRN-6' && f.leg === 'out')?.n
  expect([n(QUARTER), n(next)]).toEqual([3000, 0])
})

test('holes are what no heard window covers, each part with the cause that its windows give', () => {
  const refused = { from: START + 2 * MINUTE, to: START + 3 * MINUTE, cause: 'refused' } as const
  const holes = holesIn([minute(0), minute(2, { gaps: [refused] })], START, START + 4 * MINUTE)
  expect(holes).toEqual([
    { from: START + MINUTE, to: START + 2 * MINUTE, cause: 'no record' },
    refused,
    { from: START + 3 * MINUTE, to: START + 4 * MINUTE, cause: 'no record' },
  ])
  expect(stretchesOf(holes)).toEqual([{ from: START + MINUTE, to: START + 4 * MINUTE }])
  expect(holesText(holes)).toBe(
    'not seen, UTC: 10:01:00-10:02:00 (no record), 10:02:00-10:03:00 (refused), 10:03:00-10:04:00 (no record)',
  )
})

test('what the agent did itself is no cause of what came before and after it', () => {
  const load = minute(2)
  const own = { ...load, gaps: [{ from: load.from, to: load.to, cause: 'own-load' as const }] }
  const finding = findingAt(judged([own], QUARTER), 'VRN-3')
  expect(finding).toMatchObject({ verdict: 'inconclusive', reason: 'own-load' })
  expect(finding.detail).toContain(
    'not seen, UTC: 10:00:00-10:02:00 (no record), 10:02:00-10:03:00 (own-load), 10:03:00-10:15:00 (no record)',
  )
})

test('an outage that follows a start of the agent is not its start', () => {
  const gap = { from: START, to: START + 2000, cause: 'agent-start' } as const
  const dead = [0, 1].map((at) =>
    silent(3000, { from: START + at * MINUTE, to: START + (at + 1) * MINUTE }),
  )
  const windows = dead.map((o, at) => (at === 0 ? { ...o, gaps: [gap] } : o))
  expect(holesIn(windows, START, START + 2 * MINUTE)).toEqual([
    gap,
    { from: START + 2000, to: START + 2 * MINUTE, cause: 'no reply' },
  ])
})

test('windows that do not meet to the millisecond leave no part between them', () => {
  const dead = [0, 1].map((at) =>
    silent(3000, { from: START + at * MINUTE + 7, to: START + (at + 1) * MINUTE }),
  )
  expect(holesIn(dead, START, START + 2 * MINUTE)).toEqual([
    { from: START, to: START + 2 * MINUTE, cause: 'no reply' },
  ])
})

test('a minute that is parted by causes denies a pass as one of one cause does', () => {
  const parts = [0, 1].map((half) => ({
    from: START + 4 * MINUTE + half * 30_000,
    to: START + 4 * MINUTE + (half + 1) * 30_000,
    cause: half === 0 ? ('no-session' as const) : ('refused' as const),
  }))
  const seen = quarter.map((o, at) => (at === 4 ? { ...o, gaps: parts } : o))
  expect(holesIn(seen, QUARTER.from, QUARTER.to)).toEqual(parts)
  expect(verdictAt(judged(seen, QUARTER), 'VRN-6')).toBe('inconclusive partly-observed')
})

test('causes of a long silence are told in one reading', () => {
  const minutes = 40_000
  const one = silent(3000)
  const dead = Array.from({ length: minutes }, (_, at) => {
    const from = START + at * MINUTE
    const gap = { from, to: from + 30_000, cause: 'no-session' as const }
    return { ...one, from, to: from + MINUTE, gaps: [gap] }
  })
  const holes = holesIn(dead, START, START + minutes * MINUTE)
  expect(holes).toHaveLength(2 * minutes)
})

test('many short holes together are too long as well', () => {
  const hole = { from: 0, to: 30_000, cause: 'no-session' }
  expect(tooLong([hole], 600_000, MINUTE)).toBe(false)
  expect(tooLong([hole, hole, hole], 600_000, MINUTE)).toBe(true)
})

test('a run is judged over the time that it saw', () => {
  expect(periodOf([minute(3), minute(1)])).toEqual({ from: START + MINUTE, to: START + 4 * MINUTE })
  expect(periodOf([])).toBeNull()
})

test('a window that was offered packets for one minute of a quarter hour covers that minute', () => {
  const stretched = judged([minute(0, { to: QUARTER.to })], QUARTER)
  expect(verdictAt(stretched, 'VRN-6')).toBe('inconclusive partly-observed')
  const half = quarter.map((o) => ({ ...o, instrument: { ...o.instrument, scheduled: 1500 } }))
  expect(verdictAt(judged(half, QUARTER), 'VRN-6')).toBe('inconclusive partly-observed')
})

test('a schedule that lacks frames at its borders leaves no hole', () => {
  const o = minute(0, { calls: 3, instrument: { scheduled: 3 * 2990, sent: 3 * 2990 } })
  expect(holesIn([o], START, START + MINUTE)).toEqual([])
})

test('packets are looked for outside the gaps that the window names', () => {
  const gap = { from: START, to: START + 30_000, cause: 'agent-start' } as const
  const o = minute(0, { gaps: [gap], instrument: { scheduled: 1500, sent: 1500 } })
  expect(holesIn([o], START, START + MINUTE)).toEqual([gap])
})

test('a minute across a quarter hour is judged in one of the two, by records as by windows', () => {
  const lossy = { out: { loss: { ...minute(0).legs.out.loss, received: 2000, lost: 1000 } } }
  const at = START + 15 * MINUTE
  const askew = minute(15, { from: at - 200, to: at + MINUTE - 200, ...lossy })
  const of = (fromMs: number) =>
    judgePeriod({
      ...{ kind: 'interval', fromMs, toMs: fromMs + 15 * MINUTE, site: siteWith(), runs: [] },
      ...{ round: null, known: { sha256: '0'.repeat(64), profile: profileWith() } },
      records: [{ observations: [askew] }],
    })
  expect([START, at].map((from) => findingAt(of(from), 'VRN-6').n)).toEqual([0, 3000])
  expect(verdictAt(of(at), 'VRN-6')).toBe('fail over-limit')
})

test('a pass names the time that no packet looked at, though nobody gave it a cause', () => {
  const half = stream({ instrument: { scheduled: 1500, sent: 1500 } })
  const finding = findingAt(judged([half]), 'VRN-3')
  expect(finding.verdict).toBe('pass')
  expect(finding.detail).toContain('not seen, UTC: 10:00:30-10:01:00 (no record)')
  expect(findingAt(judged([stream()]), 'VRN-3').detail).not.toContain('not seen')
})
