import { chmodSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { MIGRATIONS, migrate } from '../../../server/store/migrations.ts'
import { openSqlite } from '../../../server/store/sqlite/database.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import type { Store } from '../../../server/store/store.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { historyContract } from '../history/contract.ts'
import { row, START } from '../support/fixtures.ts'
import { storeContract } from './contract.ts'

storeContract('sqlite', () => open(temporaryDirectory()))
historyContract('sqlite', () => open(temporaryDirectory()))

test('the writing connection runs synchronous=FULL, after reopening too', async () => {
  const directory = temporaryDirectory()
  for (let round = 0; round < 2; round += 1) {
    const store = await openSqliteStore(directory, START)
    const health = await store.health()
    await store.close()
    expect(health).toEqual({
      dialect: 'sqlite',
      schemaVersion: MIGRATIONS.length,
      synchronous: 2,
    })
  }
})

test('what it keeps is for its owner alone, in a folder that others may read too', async () => {
  const directory = temporaryDirectory()
  chmodSync(directory, 0o755)
  const store = await open(directory)
  await store.append([row()])
  const modes = readdirSync(directory).map((name) => {
    return [name, (statSync(join(directory, name)).mode & 0o777).toString(8)]
  })
  expect(Object.fromEntries(modes)).toMatchObject({
    ...{ 'collector.sqlite': '600', 'collector.sqlite-wal': '600', 'collector.lock': '600' },
  })
  expect(modes.filter(([, mode]) => mode !== '600')).toEqual([])
})

test('what was stored is there after reopening', async () => {
  const directory = temporaryDirectory()
  const first = await openSqliteStore(directory, START)
  await first.append([row(), row({ sequence: 2 })])
  await first.close()
  const second = await open(directory)
  expect(await second.append([row()])).toEqual(['repeated'])
  expect((await second.newest())[0]?.newest.sequence).toBe(2)
})

test('when it is closed nothing of it is open, whatever was asked of it: its journal is taken in', async () => {
  const directory = temporaryDirectory()
  const writer = openSqlite({ directory, role: 'writer' })
  await migrate(writer.db, writer.types, START)
  const reader = openSqlite({ directory, role: 'reader' })
  expect(readdirSync(directory)).toContain('collector.sqlite-wal')
  await reader.close()
  await writer.close()
  expect(readdirSync(directory)).not.toContain('collector.sqlite-wal')
})

test('a second collector on the same directory is refused with a reason', async () => {
  const directory = temporaryDirectory()
  await open(directory)
  await expect(openSqliteStore(directory, START)).rejects.toMatchObject({
    name: 'Fault',
    code: 'STORE',
    message: expect.stringContaining('another collector is running on it'),
  })
})

test('a database of a newer program is refused, and left as it was', async () => {
  const directory = temporaryDirectory()
  await (await openSqliteStore(directory, START)).close()
  const raw = new Sqlite(join(directory, 'collector.sqlite'))
  raw.exec('insert into schema_version values (999, 0)')
  raw.close()
  await expect(openSqliteStore(directory, START)).rejects.toThrow(/version 999/)
})

test('a file that is no database is a fault that names it', async () => {
  const { writeFileSync } = await import('node:fs')
  const directory = temporaryDirectory()
  writeFileSync(join(directory, 'collector.sqlite'), 'not a database, and long enough to be read')
  await expect(openSqliteStore(directory, START)).rejects.toMatchObject({ name: 'Fault' })
})

test('calls after close are refused, not left hanging', async () => {
  const store = await openSqliteStore(temporaryDirectory(), START)
  await store.close()
  await expect(store.append([row()])).rejects.toThrow()
})

async function open(directory: string): Promise<Store> {
  const store = await openSqliteStore(directory, START)
  onTestFinished(() => store.close())
  return store
}
