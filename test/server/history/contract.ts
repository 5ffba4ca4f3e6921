import { describe, expect, test } from 'vitest'
import { Keeper } from '../../../server/history/keeper.ts'
import type { FarEndTable } from '../../../server/store/history/tables.ts'
import type { PendingEntry } from '../../../server/store/ledger/entries.ts'
import type { Store } from '../../../server/store/store.ts'
import { LONG, openedLog } from '../ledger/contract.ts'
import { MINUTE, row, START } from '../support/fixtures.ts'

const QUARTER = 15 * MINUTE
const DAY = 96 * QUARTER
const SITE = { site: 'leeds' }

/** What the history's book must do, whatever database is behind it. `open` gives an empty store. */
export function historyContract(name: string, open: () => Promise<Store>): void {
  describe(`history contract: ${name}`, () => {
    test('a stored record marks its quarter hours, one claimer gets each, once', async () => {
      const { history, append } = await open()
      await append([
        row(),
        row({ sequence: 2, fromMs: START + QUARTER - 1, toMs: START + QUARTER + 1 }),
      ])
      expect(await history.claim('a', START, 1000, 10)).toEqual([])
      const due = START + 3 * QUARTER
      const [one, other] = await Promise.all([
        history.claim('a', due, 60_000, 10),
        history.claim('b', due, 60_000, 10),
      ])
      const got = [...one, ...other].map(({ fromMs }) => fromMs)
      expect(got.sort()).toEqual([START, START + QUARTER])
      expect(await history.claim('c', due, 60_000, 10)).toEqual([])
      expect(await history.claim('c', due + 60_000, 60_000, 10)).toHaveLength(2)
    })

    test('work marked again while it was done stays in the queue', async () => {
      const { history, append } = await open()
      await append([row()])
      const due = START + 2 * QUARTER
      const [work] = await history.claim('a', due, 60_000, 10)
      await append([row({ sequence: 2 })])
      if (work !== undefined) await history.settle('a', [work])
      const [again] = await history.claim('b', due, 60_000, 10)
      expect(again?.version).toBe(2)
      if (again !== undefined) await history.settle('b', [again])
      expect(await history.waiting(due)).toBe(0)
    })

    test('verdict intervals join whatever order, and however many at a time, quarter hours are written in', async () => {
      const { history } = await open()
      const verdicts = ['pass', 'pass', 'fail', 'fail', 'pass', 'pass', 'pass', 'fail']
      const put = (n: number) => history.putIntervals([interval(n, verdicts[n] ?? '')])
      await Promise.all([6, 0, 2, 4, 7, 1, 5, 3, 3, 0].map(put))
      const runs = await history.verdictRuns({ ...SITE, fromMs: 0, toMs: START + DAY }, 100)
      const quarters = (ms: number) => (ms - START) / QUARTER
      expect(runs.map((run) => [quarters(run.from), quarters(run.to), run.verdict])).toEqual([
        [0, 2, 'pass'],
        [2, 4, 'fail'],
        [4, 7, 'pass'],
        [7, 8, 'fail'],
      ])
    })

    test('lines that go on as they were are lengthened, only where nobody wrote since', async () => {
      const { history } = await open()
      const put = async (n: number, verdict: string, follows: number | null) =>
        (await history.putIntervals([{ ...interval(n, verdict), follows }]))[0]?.written ?? 0
      const quarters = async () =>
        (await history.verdictRuns({ ...SITE, fromMs: 0, toMs: START + DAY }, 100)).map(
          (run) => [(run.from - START) / QUARTER, (run.to - START) / QUARTER, run.verdict] as const,
        )
      const first = await put(0, 'pass', null)
      const second = await put(1, 'pass', first)
      expect(await quarters()).toEqual([[0, 2, 'pass']])
      // Somebody else judged it anew: what this one remembers does not hold any more.
      await put(1, 'fail', null)
      await put(2, 'pass', second)
      expect(await quarters()).toEqual([
        [0, 1, 'pass'],
        [1, 2, 'fail'],
        [2, 3, 'pass'],
      ])
      // What is there already after it is joined.
      await put(5, 'pass', null)
      const before = await put(3, 'pass', null)
      await put(4, 'pass', before)
      expect((await quarters()).at(-1)).toEqual([2, 6, 'pass'])
      // Another collector's count that fits by chance, and nothing there to lengthen.
      await put(9, 'pass', before + 1)
      expect((await quarters()).at(-1)).toEqual([9, 10, 'pass'])
    })

    test('what was rolled up comes back, octets of bodies too, and what the ledger was told', async () => {
      const { history, ledger } = await open()
      const key = { ...SITE, fromMs: START }
      expect(await history.known([key])).toEqual([])
      await history.putIntervals([{ ...interval(0, 'pass'), tell: { entry: ENTRY, told: 'told' } }])
      await history.putIntervals([interval(0, 'fail')])
      expect(await history.known([key])).toEqual([{ ...key, records: 15, told: 'told' }])
      expect(await ledger.unsequenced()).toMatchObject({ count: 1 })
      expect(await history.lastHeard([key, { ...key, fromMs: START + 1 }])).toEqual([null, 'a'])
      const span = { ...SITE, fromMs: START, toMs: START + QUARTER }
      const [back] = await history.wholeIntervals(span)
      expect(Buffer.from(back?.body ?? []).toString('hex')).toBe('00ff10')
      expect(await history.farEndRows('history_interval', span)).toMatchObject([
        { far_end: 'primary', sent_out: 45_000, delay_out_low_us: null, gap_ms: 1000 },
      ])
      expect(await history.coverageSums(span)).toEqual([
        { farEnd: 'primary', segment: '', intervals: 1, gapMs: 1000 },
      ])
      expect(await history.gapRows(span, 10)).toEqual([
        { farEnd: 'primary', segment: '', gaps: '[]' },
      ])
    })

    test('silence is marked for sites that were heard within a week, and for no others', async () => {
      const { history, append } = await open()
      await append([row(), row({ site: 'york' })])
      await history.putIntervals([interval(0, 'pass')])
      expect(await history.markSilent(START + QUARTER, START)).toBe(1)
      expect(await history.markSilent(START, START)).toBe(0)
      expect(await history.markSilent(START + 8 * DAY, START)).toBe(0)
    })

    test('a pin is entered once and released once', async () => {
      const { history } = await open()
      await history.putPin(pin('p', START, START + MINUTE))
      await history.putPin({ ...pin('p', 0, 1), why: 'another' })
      await history.putPin({ ...pin('q', START, START + MINUTE), site: 'york' })
      expect((await history.pinnedSites()).sort()).toEqual(['leeds', 'york'])
      expect(await history.releasePin('leeds', 'p', START)).toBe(true)
      expect(await history.pinnedSites()).toEqual(['york'])
      expect(await history.releasePin('leeds', 'p', START + 1)).toBe(false)
      expect(await history.pins('leeds')).toEqual([
        { ...pin('p', START, START + MINUTE), releasedMs: START },
      ])
    })
    keeping(open)
  })
}

function keeping(open: () => Promise<Store>): void {
  test('old records go, but none that is pinned, newest, not rolled up or not in the ledger', async () => {
    const store = await open()
    const minute = (n: number, agent = 'leeds-1') =>
      row({ agent, sequence: n + 1, fromMs: START + n * MINUTE, toMs: START + (n + 1) * MINUTE })
    await store.append([0, 1, 16, 31, 46, 47].map((n) => minute(n)))
    const left = async () =>
      (await store.between('leeds', 0, START + DAY, 100)).map(({ sequence }) => sequence - 1)
    const turn = () => store.history.removeRecords('leeds', START + 2 * DAY, 100)
    expect(await turn(), 'nothing has its place in the ledger').toBe(0)
    await sequenceAll(store)
    expect(await turn(), 'nothing is rolled up').toBe(0)
    const work = await store.history.claim('a', START + 2 * DAY, 60_000, 100)
    for (const piece of work) {
      if (piece.fromMs !== START + QUARTER) await store.history.settle('a', [piece])
    }
    await store.history.putPin(pin('p', START + 31 * MINUTE, START + 32 * MINUTE))
    const young = await store.history.removeRecords('leeds', START + MINUTE - 1, 100)
    expect(young, 'still young').toBe(0)
    expect(await turn()).toBe(2)
    // With those beside the pinned quarter hour, which show that none of it is left out.
    expect(await left()).toEqual([16, 31, 46, 47])
    await store.history.releasePin('leeds', 'p', START)
    expect(await turn()).toBe(2)
    expect(await left()).toEqual([16, 47])
  })

  test('of a pinned time stays all that its quarter hours are judged by, and what shows that it is all', async () => {
    const store = await open()
    const HOUR = 4 * QUARTER
    const at = (sequence: number, beforeMs: number, carries: 'round' | 'run' | null = null) => {
      const toMs = START + 8 * DAY - beforeMs
      return row({ sequence, fromMs: toMs - MINUTE, toMs, carries })
    }
    const kept = [
      at(2, 7 * DAY - HOUR, 'run'),
      at(4, DAY - HOUR, 'round'),
      // The last before it, however long ago.
      at(6, HOUR),
      at(7, -MINUTE),
      at(8, -15 * MINUTE),
      // Until a minute that waited for its far end must have been written; and the first after that.
      at(9, -16 * MINUTE, 'round'),
      at(10, -20 * MINUTE),
      at(11, -2 * HOUR),
    ]
    const gone = [
      at(1, 7 * DAY, 'run'),
      at(3, DAY, 'round'),
      at(5, HOUR + MINUTE),
      at(12, -2 * HOUR - MINUTE),
    ]
    await store.append([...kept, ...gone, at(13, -DAY)])
    await sequenceAll(store)
    for (const piece of await store.history.claim('a', START + 20 * DAY, 60_000, 100))
      await store.history.settle('a', [piece])
    const from = START + 8 * DAY + 6 * MINUTE
    await store.history.putPin(pin('p', from, from + MINUTE))
    expect(await store.history.removeRecords('leeds', START + 20 * DAY, 100)).toBe(gone.length)
    const left = await store.between('leeds', 0, START + 20 * DAY, 100)
    expect(left.map(({ sequence }) => sequence)).toEqual([2, 4, 6, 7, 8, 9, 10, 11, 13])
  })

  test('old history goes, but none that a pin touches', async () => {
    const { history } = await open()
    for (const n of [0, 1, 2]) await history.putIntervals([interval(n, n === 1 ? 'fail' : 'pass')])
    await history.putPin(pin('p', START + QUARTER, START + QUARTER + 1))
    await history.removeHistory('leeds', START + DAY)
    const span = { ...SITE, fromMs: 0, toMs: START + DAY }
    expect((await history.periods(span)).map(({ from_ms }) => from_ms)).toEqual([START + QUARTER])
    expect((await history.verdictRuns(span, 10)).map(({ verdict }) => verdict)).toEqual(['fail'])
  })

  test('when collectors were up is known of every pinned time, and of none before', async () => {
    const { history } = await open()
    for (const day of [1, 3]) {
      await history.beat('a', START + day * DAY, START + day * DAY + MINUTE)
    }
    await history.putPin(pin('p', START + 2 * DAY, START + 2 * DAY + 1))
    const ups = async () => (await history.uptime(0, START + 9 * DAY)).length
    const all = await ups()
    await history.removeUptime(START + 8 * DAY)
    expect([all, await ups()]).toEqual([2, 1])
    await history.releasePin('leeds', 'p', START)
    await history.removeUptime(START + 8 * DAY)
    expect(await ups()).toBe(0)
  })

  test('a pass over all sites removes in batches and tells once what went', async () => {
    const store = await open()
    const sites = Array.from({ length: 25 }, (_, n) => `site-${n}`)
    const rows = sites.flatMap((site) => [1, 2, 3].map((sequence) => row({ site, sequence })))
    await store.append(rows.map((one) => ({ ...one, toMs: START + one.sequence })))
    await sequenceAll(store)
    for (const piece of await store.history.claim('a', START + DAY, 60_000, 100)) {
      await store.history.settle('a', [piece])
    }
    const told: number[] = []
    const keeper = new Keeper({
      ...{ book: store.history, keep: { recordsMs: DAY, historyMs: DAY } },
      nowMs: () => START + 3 * DAY,
      onRemoved: ({ records }) => told.push(records),
    })
    for (let turns = 0; turns < 10 && (await keeper.turn()) > 0; turns += 1);
    // Of each agent the newest record stays.
    expect(told).toEqual([50])
    expect(await store.newest()).toHaveLength(25)
  })
}

/** What two collectors on one database must do together. */
export async function twoCollectorsContract(one: Store, other: Store): Promise<void> {
  const stores = [one, other]
  const verdicts = Array.from({ length: 24 }, (_, n) => (n % 6 < 3 ? 'pass' : 'fail'))
  await Promise.all(
    verdicts.map((verdict, n) => stores[n % 2]?.history.putIntervals([interval(n, verdict)])),
  )
  const runs = await one.history.verdictRuns({ ...SITE, fromMs: 0, toMs: START + DAY }, 100)
  expect(runs.map((run) => (run.to - run.from) / QUARTER)).toEqual(Array(8).fill(3))
  await one.append(Array.from({ length: 40 }, (_, n) => row({ site: `site-${n}` })))
  const due = START + 2 * QUARTER
  const got = await Promise.all(stores.map((store, n) => store.history.claim(`${n}`, due, 1e6, 40)))
  expect(new Set(got.flat().map(({ site }) => site)).size).toBe(got.flat().length)
}

/** Gives every record that waits its place in the log. */
async function sequenceAll(store: Store): Promise<void> {
  await store.ledger.sequence(await openedLog(store), '0', LONG)
}

function pin(id: string, fromMs: number, toMs: number) {
  const rest = { why: 'claim 7', by: 'user:anna', enteredMs: START, releasedMs: null }
  return { ...SITE, id, fromMs, toMs, ...rest }
}

function interval(n: number, verdict: string) {
  const fromMs = START + n * QUARTER
  const place = { line: 'VRN-4', leg: 'out', farEnd: 'primary', segment: '' }
  const slice = { ...place, verdict, reason: 'x' }
  const period = {
    ...{ overall: 'READY', cause: 'none', profile_sha256: 'a', records: 15, left_out: 0 },
    findings_sha256: 'b',
  }
  const nowMs = fromMs + QUARTER
  return {
    ...SITE,
    fromMs,
    period,
    farEnds: [FAR_END],
    slices: [slice],
    nowMs,
    tell: null,
    follows: null,
  }
}

const ENTRY: PendingEntry = {
  ...{ ...SITE, ref: 'entry', kind: 'verdict', about: '', atMs: START, turn: 1 },
  ...{ leaf: new Uint8Array(32), body: new Uint8Array([1]) },
}

const FAR_END: Omit<FarEndTable, 'site' | 'from_ms'> = {
  ...{ far_end: 'primary', segment: '', windows: 15, sent_out: 45_000, lost_out: 0 },
  ...{ sent_back: 45_000, lost_back: 0, unattributed: 0 },
  ...{ delay_out_low_us: null, delay_out_high_us: null },
  ...{ delay_back_low_us: null, delay_back_high_us: null, jitter_out_us: 1, jitter_back_us: 2 },
  ...{ seen_out: 45_000, marked_out: 45_000, seen_back: 45_000, marked_back: 45_000 },
  ...{ gap_ms: 1000, gaps: '[]', verdicts: 'pppppppp', body: new Uint8Array([0, 255, 16]) },
}
