import { makeFolder } from '../../../shared/disk/folder.ts'
import type { Store } from '../store.ts'
import { threadStore } from '../thread/thread-store.ts'

/**
 * The embedded store: SQLite in `directory` (made when missing).
 * @throws Fault STORE when the directory cannot be used or another collector holds it
 */
export async function openSqliteStore(directory: string, nowMs: number): Promise<Store> {
  makeFolder(directory)
  return threadStore((role) => ({ dialect: 'sqlite', directory, role, nowMs }), directory)
}
