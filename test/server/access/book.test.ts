import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { openPostgresStore } from '../../../server/store/postgres/open.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import type { Store } from '../../../server/store/store.ts'
import { PostgresServer } from '../../support/postgres.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { START } from '../support/fixtures.ts'
import { accessContract } from './contract.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await PostgresServer.start()
})
afterAll(() => server.remove())

accessContract('sqlite', async () => ended(await openSqliteStore(temporaryDirectory(), START)))
accessContract('postgres', async () =>
  ended(await openPostgresStore(await server.migrated(), START)),
)

function ended(store: Store): Store {
  onTestFinished(() => store.close())
  return store
}
