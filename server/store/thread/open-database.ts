import type { OpenDatabase } from '../opened.ts'
import type { SqlitePlace } from '../sqlite/database.ts'

type DatabasePlace =
  | ({ readonly dialect: 'sqlite' } & SqlitePlace)
  | { readonly dialect: 'postgres'; readonly url: string }

/** Opens a database in this very thread, which it may block; only its own driver is loaded. @throws Fault STORE */
export async function openDatabase(
  place: DatabasePlace,
  connections?: number,
): Promise<OpenDatabase> {
  if (place.dialect === 'sqlite') {
    const { openSqlite } = await import('../sqlite/database.ts')
    return openSqlite(place)
  }
  const { openPostgres } = await import('../postgres/database.ts')
  return openPostgres(place.url, connections)
}
