import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { MIGRATIONS } from '../../../server/store/migrations.ts'
import { migratePostgres } from '../../../server/store/postgres/migrate.ts'
import { openPostgresStore } from '../../../server/store/postgres/open.ts'
import type { Store } from '../../../server/store/store.ts'
import { shapesAt } from '../../../server/store/transfer/shapes.ts'
import { historyContract } from '../history/contract.ts'
import { ledgerContract } from '../ledger/contract.ts'
import { START } from '../support/fixtures.ts'
import { storeContract } from './contract.ts'

/**
 * The contracts on a Citus cluster, when TEST_CITUS_URL names a database on its coordinator with the
 * extension in it. Every table of ours in that database is dropped again and again.
 */
const url = process.env.TEST_CITUS_URL ?? ''

storeContract('citus', open)
historyContract('citus', open)
ledgerContract('citus', open)

test('every table is spread or copied, and asking again changes nothing', async () => {
  await open()
  const again = await migratePostgres(url, 'citus', START)
  expect(again).toEqual({ schemaVersion: MIGRATIONS.length, spread: 0 })
})

/** An empty store, its tables spread over the machines. */
async function open(): Promise<Store> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const names = [...shapesAt(MIGRATIONS.length).map(({ name }) => name), 'schema_version']
  for (const name of [...names, 'ledger_lease']) await client.query(`drop table if exists ${name}`)
  await client.end()
  await migratePostgres(url, 'citus', START)
  const store = await openPostgresStore(url, START)
  onTestFinished(() => store.close())
  return store
}
