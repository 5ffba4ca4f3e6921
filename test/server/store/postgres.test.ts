import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { MIGRATIONS } from '../../../server/store/migrations.ts'
import { openPostgresStore } from '../../../server/store/postgres/open.ts'
import type { Store } from '../../../server/store/store.ts'
import { PostgresServer } from '../../support/postgres.ts'
import { historyContract, twoCollectorsContract } from '../history/contract.ts'
import { row, START } from '../support/fixtures.ts'
import { storeContract } from './contract.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await PostgresServer.start()
})
afterAll(() => server.remove())

storeContract('postgres', async () => open(await server.migrated()))
historyContract('postgres', async () => open(await server.migrated()))

test('collectors that start at once on an empty database share the migration', async () => {
  const url = await server.database()
  const stores = await Promise.all(Array.from({ length: 3 }, () => open(url)))
  for (const store of stores) {
    expect(await store.health()).toMatchObject({
      dialect: 'postgres',
      schemaVersion: MIGRATIONS.length,
    })
  }
})

test('two collectors join verdict intervals as one would, and never do the same work', async () => {
  const url = await server.migrated()
  await twoCollectorsContract(await open(url), await open(url))
})

test('two collectors that store the same records store each once', async () => {
  const url = await server.migrated()
  const [one, other] = [await open(url), await open(url)]
  const rows = Array.from({ length: 40 }, (_, n) => row({ sequence: n + 1, agent: `a-${n % 7}` }))
  const outcomes = await Promise.all([one.append(rows), other.append([...rows].reverse())])
  const stored = outcomes.flat().filter((outcome) => outcome === 'stored')
  expect(stored.length).toBe(rows.length)
  const counted = (await one.boots()).reduce((sum, boot) => sum + boot.records, 0)
  expect(counted).toBe(rows.length)
})

test('a restart of the server between and during calls loses nothing acknowledged', {
  timeout: 60_000,
}, async () => {
  const store = await open(await server.migrated())
  await store.append([row()])
  await server.down()
  const during = store.append([row({ sequence: 2 })]).then(
    ([outcome]) => outcome,
    () => 'refused',
  )
  await server.up()
  expect(['stored', 'refused']).toContain(await during)
  expect(await store.append([row({ sequence: 2 }), row({ sequence: 3 })])).toContain('stored')
  const found = await store.between('leeds', START, START + 1, 10)
  expect(found.map(({ sequence }) => sequence)).toEqual([1, 2, 3])
})

test('a server that is not there is a fault that names the setting and no password', async () => {
  const url = 'postgres://voip:geheim@127.0.0.1:1/none'
  const error = await openPostgresStore(url, START).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ name: 'Fault', code: 'STORE' })
  expect(String(error)).not.toContain('geheim')
})

async function open(url: string): Promise<Store> {
  const store = await openPostgresStore(url, START)
  onTestFinished(() => store.close())
  return store
}
