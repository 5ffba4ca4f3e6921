import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { loadProfile } from '../../../config/load.ts'
import { FailedQuarters } from '../../../server/history/failed-quarters.ts'
import { Roller } from '../../../server/history/roller.ts'
import { parseEnvelope } from '../../../server/ingest/parse.ts'
import { Judging } from '../../../server/judging/judging.ts'
import type { PendingEntry } from '../../../server/store/ledger/entries.ts'
import type { RecordRow } from '../../../server/store/record-row.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import type { Store } from '../../../server/store/store.ts'
import type { EntryBody } from '../../../shared/evidence/entry.ts'
import { judge } from '../../../shared/verdict/judge.ts'
import { jitterOf, lossOf, stream } from '../../shared/verdict/scenes.ts'
import { RUNS } from '../../support/seed.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { envelope, MINUTE, record, START } from '../support/fixtures.ts'

const QUARTER = 15 * MINUTE

/** A store with a roller whose collector has been up all the time. */
async function bench() {
  const { profile, sha256 } = await loadProfile('pureconnect-rcm')
  const store: Store = await openSqliteStore(temporaryDirectory(), START)
  onTestFinished(() => store.close())
  const clock = { nowMs: START }
  const nowMs = () => clock.nowMs
  const known = (hash: string) => (hash === sha256 ? { sha256, profile } : null)
  const judging = new Judging({ judge, profile: known, site: () => null, store, nowMs })
  const told: EntryBody[] = []
  const failed = new FailedQuarters(nowMs)
  const roller = new Roller({
    failed,
    ...{ store, book: store.history, judging, profile: known, nowMs, claimer: 'one' },
    journal: { prepare: (entry) => pendingEntry(told.push(entry)) },
  })
  await store.history.beat('one', START - QUARTER, START + 100 * QUARTER)
  const until = async (ms: number) => {
    clock.nowMs = ms
    for (let turns = 0; turns < 1000 && (await roller.turn()) > 0; turns += 1);
  }
  return { store, sha256, told, until, failed }
}

/** Stands for the entry with this number. */
function pendingEntry(turn: number): PendingEntry {
  const [leaf, body] = [new Uint8Array(32), new Uint8Array([1])]
  return { site: 'leeds', ref: `${turn}`, kind: 'verdict', about: '', atMs: 0, turn, leaf, body }
}

/** The row of one good minute, or of one with this jitter, or with so many packets lost on its way out. */
function minuteRow(
  sha256: string,
  minute: number,
  receivedMs: number,
  jitter = 2,
  lost = 0,
): RecordRow {
  const base = record(sha256, { minute })
  const { from, to } = base.window
  const observations = (['primary', 'secondary'] as const).map((farEnd) =>
    stream({ farEnd, from, to, out: { jitter: jitterOf(jitter), loss: lossOf(lost) } }),
  )
  const parsed = parseEnvelope(Buffer.from(envelope({ ...base, observations })), receivedMs)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed))
  return parsed.value.row
}

async function everything(store: Store) {
  const span = { site: 'leeds', fromMs: 0, toMs: START + 1e9 }
  const { history } = store
  return {
    periods: (await history.periods(span)).map(({ told: _, ...rest }) => rest),
    intervals: (await history.wholeIntervals(span)).map((row) => ({
      ...row,
      body: Buffer.from(row.body).toString('hex'),
    })),
    runs: await history.verdictRuns(span, 10_000),
    days: await history.farEndRows('history_day', span),
  }
}

test('a quarter hour becomes a judged row of each far end, and the ledger is told once', async () => {
  const { store, sha256, told, until } = await bench()
  const rows = Array.from({ length: 15 }, (_, n) => minuteRow(sha256, n, START + (n + 1) * MINUTE))
  await store.append(rows)
  await until(START + QUARTER + 60_000)
  expect((await everything(store)).periods).toEqual([])
  await until(START + QUARTER + 100_000)
  const { periods, intervals } = await everything(store)
  expect(periods).toMatchObject([{ from_ms: START, cause: 'none', records: 15 }])
  expect(intervals.map((row) => [row.far_end, row.windows, row.sent_out, row.gap_ms])).toEqual([
    ['primary', 15, 45_000, 0],
    ['secondary', 15, 45_000, 0],
  ])
  expect(intervals[0]).toMatchObject({ jitter_out_us: 2000, marked_out: 45_000, lost_out: 0 })
  expect(told.filter(({ kind }) => kind === 'verdict')).toHaveLength(1)
})

test('a loss that decides no minute fails its quarter hour, and that is news until the next one is over', async () => {
  const { store, sha256, until, failed } = await bench()
  // 1.2 % of 3,000 may be less than 1 %; of 45,000 it is not.
  const quarter = (nth: number, lost: number) =>
    Array.from({ length: 15 }, (_, n) =>
      minuteRow(sha256, nth * 15 + n, START + nth * QUARTER + (n + 1) * MINUTE, 2, lost),
    )
  await store.append(quarter(0, 36))
  await until(START + QUARTER + 100_000)
  const toMs = START + QUARTER
  const places = () =>
    failed
      .all()
      .filter(({ line }) => line === 'VRN-6')
      .map(({ line: _, ...at }) => at)
  expect(places()).toEqual([
    { site: 'leeds', toMs, leg: 'out', farEnd: 'primary' },
    { site: 'leeds', toMs, leg: 'out', farEnd: 'secondary' },
  ])
  await store.append(quarter(1, 0))
  await until(START + 2 * QUARTER + 100_000)
  expect(failed.all()).toEqual([])
  await store.append(quarter(2, 36))
  await until(START + 3 * QUARTER + 100_000)
  expect(places()).toMatchObject([{ toMs: START + 3 * QUARTER }, {}])
  // A minute of the second one that comes late makes it no news.
  await store.append([minuteRow(sha256, 15, START + 3 * QUARTER + 100_000, 2, 3000)])
  await until(START + 3 * QUARTER + 200_000)
  expect(places()).toMatchObject([{ toMs: START + 3 * QUARTER }, {}])
  // Nothing was written for long: what is old is not said to be so now.
  await until(START + 3 * QUARTER + 20 * MINUTE)
  expect(failed.all()).toEqual([])
})

test('a site that falls silent is CANNOT SAY, never a hole', async () => {
  const { store, sha256, until } = await bench()
  await store.append([minuteRow(sha256, 0, START + MINUTE)])
  await until(START + QUARTER + 100_000)
  await until(START + 4 * QUARTER + 100_000)
  const { periods, runs, intervals } = await everything(store)
  expect(periods.map((row) => [row.overall, row.cause])).toEqual([
    ['CANNOT SAY', 'none'],
    ['CANNOT SAY', 'site-silent'],
    ['CANNOT SAY', 'site-silent'],
    ['CANNOT SAY', 'site-silent'],
  ])
  expect(intervals.slice(2).every((row) => row.gap_ms === QUARTER)).toBe(true)
  expect(runs.filter((run) => run.verdict === 'pass' && run.to > START + QUARTER)).toEqual([])
})

test(
  'any order and any repetition of arrival gives the same rows',
  async () => {
    // The last hour of a day, so that the day is over soon.
    const first = 13 * 60
    const sample = Array.from({ length: 12 }, (_, n) => first + n * 5)
    const jitterAt = (minute: number) => (minute % 20 === 0 ? 40 : 2)
    const end = START + (first + 75) * MINUTE + 100_000
    const make = async (order: readonly number[], cuts: readonly number[]) => {
      const { store, sha256, until } = await bench()
      const row = (minute: number) =>
        minuteRow(sha256, minute, START + (first + 61) * MINUTE, jitterAt(minute))
      let at = 0
      for (const size of [...cuts, order.length]) {
        await store.append(order.slice(at, at + size).map(row))
        await until(end)
        at += size
      }
      await until(end + 12 * MINUTE)
      return everything(store)
    }
    const atOnce = await make(sample, [])
    expect(atOnce.periods.length).toBeGreaterThan(4)
    expect(atOnce.days.length).toBeGreaterThan(1)
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(sample, { minLength: sample.length }),
        fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 3 }),
        async (order, cuts) => {
          expect(await make([...order, ...order.slice(0, 5)], cuts)).toEqual(atOnce)
        },
      ),
      { numRuns: 3 },
    )
  },
  60_000 * RUNS,
)
