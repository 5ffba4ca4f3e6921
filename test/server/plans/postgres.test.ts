import { afterAll, beforeAll } from 'vitest'
import { openPostgresStore } from '../../../server/store/postgres/open.ts'
import { PostgresServer } from '../../support/postgres.ts'
import { plansContract } from './contract.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await PostgresServer.start()
})
afterAll(() => server.remove())

plansContract('postgres', async () => openPostgresStore(await server.migrated(), Date.now()))
