import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MIGRATIONS, migrate } from '../../../server/store/migrations.ts'
import type { OpenDatabase } from '../../../server/store/opened.ts'
import { openPostgres } from '../../../server/store/postgres/database.ts'
import { openSqlite } from '../../../server/store/sqlite/database.ts'
import { countRows } from '../../../server/store/transfer/rows.ts'
import { shapesAt } from '../../../server/store/transfer/shapes.ts'
import { PostgresServer } from '../../support/postgres.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { START } from '../support/fixtures.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await PostgresServer.start()
}, 180_000)
afterAll(() => server.remove())

const DIALECTS: readonly [string, () => Promise<OpenDatabase>][] = [
  ['sqlite', async () => openSqlite({ directory: temporaryDirectory(), role: 'writer' })],
  ['postgres', async () => openPostgres(await server.database())],
]

describe.each(DIALECTS)('what a move takes along, on %s', (_name, open) => {
  test('is every table with every column that the database has, and new ones are empty', async () => {
    const { db, types, close } = await open()
    try {
      await migrate(db, types, START)
      const found = await db.introspection.getTables()
      const shapes = shapesAt(MIGRATIONS.length)
      const names = shapes.map(({ name }) => name)
      const left = found.map(({ name }) => name).filter((name) => !names.includes(name))
      expect(left.sort()).toEqual(['ledger_lease', 'schema_version'])
      for (const { name, columns, key } of shapes) {
        const has = found.find((one) => one.name === name)?.columns.map((column) => column.name)
        expect(columns.map((column) => column.name).sort(), name).toEqual(has?.sort())
        for (const one of key) expect(has, name).toContain(one)
        const rows = await countRows(db, name)
        expect(rows, name).toBe(name === 'access_revision' ? 1 : 0)
      }
    } finally {
      await close()
    }
  })
})
