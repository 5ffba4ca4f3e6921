import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openPostgresStore } from '../../../server/store/postgres/open.ts'
import type { Store } from '../../../server/store/store.ts'
import { rootOf } from '../../../shared/evidence/merkle.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { PostgresServer } from '../../support/postgres.ts'
import { MINUTE, START } from '../support/fixtures.ts'
import { LONG, ledgerContract, openedLog, rows } from './contract.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await PostgresServer.start()
})
afterAll(() => server.remove())

ledgerContract('postgres', async () => open(await server.migrated()))

test('two sequencers at once that fight for the lease give every record one place', async () => {
  const url = await server.migrated()
  const stores = [await open(url), await open(url)]
  const [first] = stores
  if (first === undefined) throw new Error('no store')
  await openedLog(first)
  const all = rows(300)
  let clock = START
  const work = stores.map(async (store, n) => {
    const key = { name: 'ledger', holder: `holder-${n}` }
    for (let turn = 0; turn < 12; turn += 1) {
      clock += 2 * MINUTE
      await store.append(all.slice(turn * 25, turn * 25 + 25))
      const epoch = await store.ledger.takeLease(key, clock, MINUTE)
      if (epoch !== null) {
        await store.ledger.sequence({ ...key, epoch }, '0', { untilMs: clock, most: 7 })
      }
    }
  })
  await Promise.all(work)
  const key = { name: 'ledger', holder: 'last' }
  const epoch = (await first.ledger.takeLease(key, clock + 1e9, MINUTE)) ?? 0
  await first.ledger.sequence({ ...key, epoch }, '0', LONG)
  const places = await first.ledger.places('leeds', { fromMs: 0, toMs: 1e14, limit: 1000 })
  expect(places.map(({ index }) => index)).toEqual(Array.from({ length: 300 }, (_, n) => n))
  const leaves = places.map(({ sequence }) => all[sequence - 1]?.leafHash ?? new Uint8Array())
  const root = await first.ledger.root('0', 300)
  expect(Buffer.compare(root, rootOf(nodeCrypto, leaves))).toBe(0)
}, 60_000)

async function open(url: string): Promise<Store> {
  const store = await openPostgresStore(url, START)
  onTestFinished(() => store.close())
  return store
}
