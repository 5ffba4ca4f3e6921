import { expect, test } from 'vitest'
import { Follower } from '../../../server/ingest/follower.ts'
import { glanceOf } from '../../../server/ingest/glance.ts'
import { LiveSites } from '../../../server/ingest/live.ts'
import type { RecordRow } from '../../../server/store/record-row.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import type { Store } from '../../../server/store/store.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { MINUTE, record, row, START } from '../support/fixtures.ts'

/** A store that another collector writes to, and the state of this one that follows it. */
async function following(): Promise<{
  store: Store
  live: LiveSites
  clock: { ms: number }
  poll: () => Promise<void>
  own: (sequence: number) => Promise<void>
}> {
  const store = await openSqliteStore(temporaryDirectory(), START)
  const live = new LiveSites()
  const clock = { ms: START + MINUTE + 2000 }
  const follower = new Follower({ store, live, nowMs: () => clock.ms })
  const own = async (sequence: number) => {
    const one = minute(sequence)
    await store.append([one])
    live.accept(one, glanceOf(record('a'.repeat(64), { minute: sequence - 1 })))
  }
  return { store, live, clock, poll: () => follower.poll(), own }
}

const minute = (sequence: number): RecordRow =>
  row({
    sequence,
    fromMs: START + (sequence - 1) * MINUTE,
    toMs: START + sequence * MINUTE,
    receivedMs: START + sequence * MINUTE + 1000,
  })

test('what came to another collector is known after a poll, and counts no packets here', async () => {
  const { store, live, clock, poll, own } = await following()
  await own(1)
  const totals = [...(live.get('leeds')?.totals.values() ?? [])].map(({ sent }) => sent)
  await store.append([minute(2), minute(4), row({ site: 'york', agent: 'york-1' })])
  clock.ms = START + 4 * MINUTE + 2000
  live.takeChanged()
  await poll()
  const leeds = live.get('leeds')
  expect(leeds?.newest.sequence).toBe(4)
  expect(leeds?.agents[0]?.missing).toBe(1)
  expect([...(leeds?.totals.values() ?? [])].map(({ sent }) => sent)).toEqual(totals)
  expect(live.names()).toEqual(['leeds', 'york'])
  expect([...live.takeChanged()].sort()).toEqual(['leeds', 'york'])
  await store.close()
})

test('a poll that finds nothing new says that nothing changed', async () => {
  const { store, live, clock, poll, own } = await following()
  await own(1)
  live.takeChanged()
  await poll()
  clock.ms += 10_000
  await poll()
  expect(live.takeChanged().size).toBe(0)
  await store.close()
})

test('a count that was read while a record was on its way in is put right later', async () => {
  const { store, live, clock, poll } = await following()
  const one = minute(1)
  await store.append([one])
  await poll()
  live.accept(one, glanceOf(record('a'.repeat(64))))
  await store.append([{ ...minute(4), receivedMs: clock.ms }])
  await poll()
  clock.ms += 6000
  await poll()
  expect(live.get('leeds')?.agents[0]?.missing).toBe(2)
  await store.close()
})

test('a far end that was waited for does not take the place of what its minute showed', async () => {
  const { store, live, clock, poll, own } = await following()
  await own(1)
  const late = { ...minute(1), sequence: 2, receivedMs: START + 5 * MINUTE }
  await store.append([late])
  live.accept(late, glanceOf(record('a'.repeat(64))))
  expect(live.get('leeds')?.newest.sequence).toBe(1)
  expect(live.get('leeds')?.agents[0]).toMatchObject({
    lastReceivedMs: late.receivedMs,
    missing: 0,
  })
  // What the store calls the newest is known here, and is not read over and over.
  clock.ms = START + 5 * MINUTE + 2000
  live.takeChanged()
  await poll()
  expect([...live.takeChanged()]).toEqual([])
  await own(3)
  expect(live.get('leeds')?.newest.sequence).toBe(3)
  await store.close()
})
