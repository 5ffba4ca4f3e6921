import { expect, onTestFinished, test, vi } from 'vitest'
import { GroupCommit, LIVE_MS, QueueFull } from '../../../server/ingest/group-commit.ts'
import type { RecordRow } from '../../../server/store/record-row.ts'
import type { AppendOutcome } from '../../../server/store/store.ts'
import { row } from '../support/fixtures.ts'

/** A store whose commits end when the test says so. */
function heldStore() {
  const groups: RecordRow[][] = []
  const ends: ((error?: Error) => void)[] = []
  const append = (rows: readonly RecordRow[]) => {
    groups.push([...rows])
    return new Promise<readonly AppendOutcome[]>((resolve, reject) =>
      ends.push((error) => (error ? reject(error) : resolve(rows.map(() => 'stored')))),
    )
  }
  return { append, groups, end: (error?: Error) => ends.shift()?.(error) }
}

function commitOver(store: ReturnType<typeof heldStore>, maxWaiting = 1000) {
  return new GroupCommit({
    ...{ store, maxWaiting },
    waitMs: 1,
    maxGroup: 4,
    monotonicMs: () => 0,
    onCommit: () => {},
  })
}

const rows = (count: number, from = 1) =>
  Array.from({ length: count }, (_, n) => row({ sequence: from + n }))

test('nobody is answered before the commit that holds the record', async () => {
  const store = heldStore()
  const commit = commitOver(store)
  let answered = false
  const submitted = commit.submit(rows(4)).then(() => {
    answered = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect([store.groups.length, answered, commit.waiting]).toEqual([1, false, 4])
  store.end()
  await submitted
  expect([answered, commit.waiting]).toEqual([true, 0])
})

test('what arrives during a commit shares the next one', async () => {
  const store = heldStore()
  const commit = commitOver(store)
  const first = commit.submit(rows(4))
  const others = [commit.submit(rows(1, 10)), commit.submit(rows(2, 20))]
  store.end()
  await first
  while (store.groups.length < 2) await new Promise((resolve) => setImmediate(resolve))
  store.end()
  expect(await Promise.all(others)).toEqual([['stored'], ['stored', 'stored']])
  expect(store.groups.map((group) => group.map((one) => one.sequence))).toEqual([
    [1, 2, 3, 4],
    [10, 20, 21],
  ])
})

test('a full queue turns away whole submissions and keeps nothing of them', async () => {
  const store = heldStore()
  const commit = commitOver(store, 5)
  const first = commit.submit(rows(4))
  await expect(commit.submit(rows(2, 10))).rejects.toBeInstanceOf(QueueFull)
  store.end()
  await first
  expect(store.groups.flat()).toHaveLength(4)
})

test('a failed commit is told to everyone in it, and the next one is tried', async () => {
  const store = heldStore()
  const commit = commitOver(store)
  const [a, b] = [commit.submit(rows(2)), commit.submit(rows(2, 5))]
  store.end(new Error('disk full'))
  await expect(a).rejects.toThrow('disk full')
  await expect(b).rejects.toThrow('disk full')
  const again = commit.submit(rows(4))
  store.end()
  expect(await again).toHaveLength(4)
})

test('drain waits for everything that was taken', async () => {
  const store = heldStore()
  const commit = commitOver(store)
  const all = [commit.submit(rows(3)), commit.submit(rows(3, 5))]
  const drained = commit.drain()
  store.end()
  await all[0]
  while (store.groups.length < 2) await new Promise((resolve) => setImmediate(resolve))
  store.end()
  await drained
  expect(commit.waiting).toBe(0)
})

const old = (count: number, from: number) =>
  rows(count, from).map((one) => ({ ...one, toMs: one.receivedMs - LIVE_MS }))

test('live records go before a backlog, and the backlog still moves', async () => {
  const store = heldStore()
  const commit = commitOver(store)
  const all = [commit.submit(rows(4))]
  for (let n = 0; n < 3; n += 1) all.push(commit.submit(old(4, 10 * (n + 1))))
  for (let n = 0; n < 4; n += 1) all.push(commit.submit(rows(4, 100 * (n + 1))))
  for (let group = 1; group <= all.length; group += 1) {
    while (store.groups.length < group) await new Promise((resolve) => setImmediate(resolve))
    store.end()
  }
  await Promise.all(all)
  const order = store.groups.map(([first]) => first?.sequence)
  expect(order).toEqual([1, 100, 200, 10, 300, 400, 20, 30])
})

test('a backlog leaves room for the present, and large records fill the queue sooner', async () => {
  const store = heldStore()
  const commit = commitOver(store, 8)
  const taken = [commit.submit(rows(4)), commit.submit(old(2, 10))]
  await expect(commit.submit(old(1, 20))).rejects.toBeInstanceOf(QueueFull)
  taken.push(commit.submit(rows(2, 30)))
  for (let group = 1; group <= 2; group += 1) {
    while (store.groups.length < group) await new Promise((resolve) => setImmediate(resolve))
    store.end()
  }
  await Promise.all(taken)
  const small = new GroupCommit({
    ...{ store, maxWaiting: 1000, maxWaitingBytes: 1000, waitMs: 1, maxGroup: 4 },
    ...{ monotonicMs: () => 0, onCommit: () => {} },
  })
  const large = row({ packed: new Uint8Array(900) })
  const first = small.submit([large])
  await expect(small.submit([large])).rejects.toThrow(/bytes wait already/)
  while (store.groups.length < 3) await new Promise((resolve) => setImmediate(resolve))
  store.end()
  expect(await first).toEqual(['stored'])
})

test('few records wait for company after a commit, as many as fill one do not', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const groups: number[] = []
  const append = async (all: readonly RecordRow[]) => {
    groups.push(all.length)
    return all.map((): AppendOutcome => 'stored')
  }
  const bounds = { maxWaiting: 1000, maxGroup: 200, waitMs: 3 }
  const commit = new GroupCommit({
    ...{ store: { append }, ...bounds },
    ...{ monotonicMs: () => 0, onCommit: () => {} },
  })
  const after = async (ms: number, done: Promise<unknown>) => {
    vi.advanceTimersByTime(ms)
    await done
    return [...groups]
  }
  expect(await after(3, commit.submit(rows(1)))).toEqual([1])
  const few = Promise.all([commit.submit(rows(1, 2)), commit.submit(rows(1, 3))])
  vi.advanceTimersByTime(149)
  expect(groups).toEqual([1])
  expect(await after(1, few)).toEqual([1, 2])
  expect(await after(0, commit.submit(rows(32, 10)))).toEqual([1, 2, 32])
  expect(await after(150, commit.submit(rows(1, 50)))).toEqual([1, 2, 32, 1])
  // Nobody came while it waited: a sender that waits for each answer is not held up by it any more.
  expect(await after(3, commit.submit(rows(1, 51)))).toEqual([1, 2, 32, 1, 1])
})
