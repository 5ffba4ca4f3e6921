import { expect, test } from 'vitest'
import { judgePeriod } from '../../../shared/verdict/judge-period.ts'
import { RUN_HOLDS_MS, type RunRecord, runsAt } from '../../../shared/verdict/runs.ts'
import { LOSSY, looksUnderLoad, rampSteps, runPart } from './run-records.ts'
import {
  type Change,
  findingAt,
  MINUTE,
  profileWith,
  START,
  siteWith,
  stream,
  verdictAt,
} from './scenes.ts'

const SHA = 'a'.repeat(64)
const DAY = 24 * 3_600_000
const profile = { id: 'test', version: '1.0.0', sha256: SHA }

function carrying(
  change: Parameters<typeof runPart>[0] = {},
  observations = rampSteps(),
  more: Partial<RunRecord> = {},
): RunRecord {
  return { agent: 'a', profile, run: runPart(change), observations, ...more }
}

const QOS = { id: '5e0c9a52-0000-4000-8000-000000000002', kind: 'qos' } as const
const OTHER = '5e0c9a52-0000-4000-8000-000000000003'
const ENDED = runPart().to

test('a run holds from its end for a week, and not a moment longer', () => {
  const at = (ms: number) => runsAt([carrying()], ms, SHA).length
  const ends = [ENDED - 1, ENDED, ENDED + RUN_HOLDS_MS - 1, ENDED + RUN_HOLDS_MS]
  expect(ends.map(at)).toEqual([0, 1, 1, 0])
})

test('under another profile, lost, or with a part missing it counts for nothing', () => {
  expect(runsAt([carrying()], ENDED, 'b'.repeat(64))).toEqual([])
  expect(runsAt([carrying({ outcome: 'lost', lost: 'failed' })], ENDED, SHA)).toEqual([])
  expect(runsAt([carrying({ parts: 2 })], ENDED, SHA)).toEqual([])
  const [first, second] = [rampSteps().slice(0, 2), rampSteps().slice(2)]
  const both = [carrying({ parts: 2, part: 2 }, second), carrying({ parts: 2 }, first)]
  expect(runsAt(both, ENDED, SHA)[0]?.observations).toEqual(rampSteps())
  const twoAgents = [both[0], { ...both[1], agent: 'b' }] as RunRecord[]
  expect(runsAt(twoAgents, ENDED, SHA)).toEqual([])
})

test('the newest stands whatever came of it, at each far end; the other kind stands beside it', () => {
  const worse = carrying({ id: OTHER, to: ENDED + 1 }, rampSteps(LOSSY).slice(0, 2))
  const held = runsAt([worse, carrying(), carrying(QOS, looksUnderLoad())], ENDED + 1, SHA)
  const [newest, older, qos] = [OTHER, runPart().id, QOS.id].map((id) =>
    held.find((one) => one.id === id),
  )
  expect(newest?.observations.map(({ farEnd }) => farEnd)).toEqual(['primary', 'primary'])
  expect(older?.observations.map(({ farEnd }) => farEnd)).toEqual(['secondary', 'secondary'])
  expect(qos?.observations).toHaveLength(2)
})

test('load that was never offered takes the place of nothing', () => {
  const refused = looksUnderLoad().map((one) => ({ ...one, loaded: null, ended: 'refused' }))
  const later = carrying({ ...QOS, id: OTHER, to: ENDED + 1 }, refused as typeof refused & [])
  const held = runsAt([later, carrying(QOS, looksUnderLoad())], ENDED + 1, SHA)
  expect(held.map(({ id }) => id)).toEqual([QOS.id])
})

/** Voice of a minute two days later, and what held then of a ramp and a look under load. */
function laterMinute(
  voice: readonly ('primary' | 'secondary')[],
  { ramp = rampSteps(), looks = looksUnderLoad(), change = {} as Change, minutes = 1 } = {},
) {
  const fromMs = START + 2 * DAY
  const time = { from: fromMs, to: fromMs + MINUTE }
  const records = [carrying(QOS, looks), carrying({}, ramp)]
  return judgePeriod({
    ...{ kind: 'interval', fromMs, toMs: fromMs + minutes * MINUTE, round: null },
    records: [{ observations: voice.map((farEnd) => stream({ farEnd, ...time, ...change })) }],
    runs: runsAt(records, time.to, SHA),
    known: { sha256: SHA, profile: profileWith() },
    site: siteWith({ peakCalls: 4 }),
  })
}

test('what runs showed decides priority and bandwidth of later times, and says when it was', () => {
  const judgement = laterMinute(['primary', 'secondary'])
  for (const id of ['VRN-1', 'VRN-7'])
    for (const leg of ['out', 'back'] as const)
      for (const farEnd of ['primary', 'secondary'] as const) {
        const found = findingAt(judgement, id, leg, farEnd)
        expect([id, leg, farEnd, found.verdict]).toEqual([id, leg, farEnd, 'pass'])
        expect(found.detail).toContain('found by the run of 2026-03-02T10:00Z')
      }
})

test('a run that failed fails later times too; its load is no evidence against delay or loss', () => {
  const judgement = laterMinute(['primary', 'secondary'], {
    ramp: rampSteps(LOSSY),
    looks: looksUnderLoad({ aboveMs: 88 }),
  })
  expect(verdictAt(judgement, 'VRN-1')).toBe('fail no-priority')
  expect(verdictAt(judgement, 'VRN-7')).toBe('fail limits-not-held')
  for (const id of ['VRN-3', 'VRN-4', 'VRN-6'])
    expect([id, findingAt(judgement, id).verdict]).toEqual([id, 'pass'])
})

test('silence is not answered by what was seen at another time', () => {
  const judgement = laterMinute(['secondary'])
  expect(verdictAt(judgement, 'VRN-1')).toBe('not-tested no-data')
  expect(verdictAt(judgement, 'VRN-7')).toBe('not-tested no-data')
  expect(findingAt(judgement, 'VRN-7', 'out', 'secondary').verdict).toBe('pass')
})

test('a far end that has moved, or is reached in another way, is not spoken of any more', () => {
  const moved = laterMinute(['primary', 'secondary'], {
    change: { peer: { address: '192.0.2.99', port: 1 } },
  })
  const rerouted = laterMinute(['primary', 'secondary'], { change: { path: 'Internet' } })
  for (const judgement of [moved, rerouted]) {
    expect(verdictAt(judgement, 'VRN-1')).toBe('inconclusive load-not-tested')
    expect(verdictAt(judgement, 'VRN-7')).toBe('inconclusive fewer-calls')
  }
})

test('where the far end was not seen for a while, what held before is not claimed', () => {
  const judgement = laterMinute(['primary', 'secondary'], { minutes: 3 })
  expect(verdictAt(judgement, 'VRN-7')).toBe('inconclusive partly-observed')
  expect(verdictAt(judgement, 'VRN-1')).toBe('inconclusive partly-observed')
})
