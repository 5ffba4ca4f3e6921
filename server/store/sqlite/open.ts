import { mkdirSync } from 'node:fs'
import { Fault } from '../../../shared/errors.ts'
import type { Store } from '../store.ts'
import { threadStore } from '../thread/thread-store.ts'

/**
 * The embedded store: SQLite in `directory` (made when missing).
 * @throws Fault STORE when the directory cannot be used or another collector holds it
 */
export async function openSqliteStore(directory: string, nowMs: number): Promise<Store> {
  makeDataDirectory(directory)
  return threadStore((role) => ({ dialect: 'sqlite', directory, role, nowMs }), directory)
}

/** Makes the directory, for its owner alone. @throws Fault STORE when that cannot be */
export function makeDataDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new Fault('STORE', directory, 'a directory that can be written', String(error))
  }
}
