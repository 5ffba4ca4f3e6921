import { mkdirSync } from 'node:fs'
import { Fault } from '../../../shared/errors.ts'
import { remoteBooks } from '../books.ts'
import type { Store } from '../store.ts'
import { DatabaseThread, StoreError } from './thread.ts'

/**
 * The embedded store: SQLite in `directory` (made when missing), one thread that writes and one
 * that reads, so that a long look-up never delays an acknowledgement.
 * @throws Fault STORE when the directory cannot be used or another collector holds it
 */
export async function openSqliteStore(directory: string, nowMs: number): Promise<Store> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new Fault('STORE', directory, 'a directory that can be written', String(error))
  }
  const writer = await start({ directory, role: 'writer', nowMs })
  const reader = await start({ directory, role: 'reader', nowMs })
  return {
    ...remoteBooks(
      (method, ...args) => writer.call(method, ...args),
      (method, ...args) => reader.call(method, ...args),
    ),
    append: (rows) => writer.call('append', rows),
    newest: () => reader.call('newest'),
    boots: () => reader.call('boots'),
    between: (...args) => reader.call('between', ...args),
    rounds: (...args) => reader.call('rounds', ...args),
    envelope: (...args) => reader.call('envelope', ...args),
    putProfile: (profile) => writer.call('putProfile', profile),
    profiles: () => reader.call('profiles'),
    health: () => writer.call('health'),
    close: async () => {
      await reader.call('close')
      await writer.call('close')
    },
  }
}

/** A fault raised in the thread arrives as its text alone; here it becomes a fault again. */
async function start(setup: Parameters<typeof DatabaseThread.start>[0]): Promise<DatabaseThread> {
  try {
    return await DatabaseThread.start(setup)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const fault = new Fault('STORE', setup.directory, 'a database to open', message)
    if (error instanceof StoreError && error.code === 'STORE') fault.message = message
    throw fault
  }
}
