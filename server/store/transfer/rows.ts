import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'
import type { TableShape } from './shapes.ts'

/** One value of a row: bytes, text, a whole number, or nothing. */
export type Value = Uint8Array | string | number | null

const PAGE_ROWS = 400
/** Under SQLite's 32,766 and PostgreSQL's 65,535 variables of a statement. */
const MOST_VALUES = 30_000

/**
 * All rows of a table in the order of its key, a page at a time, so that memory stays bounded however
 * large the table is. The order is the same in every dialect.
 */
export async function* pagesOf(
  db: Kysely<Tables>,
  shape: TableShape,
): AsyncGenerator<readonly (readonly Value[])[]> {
  const columns = sql.join(shape.columns.map(({ name }) => sql.id(name)))
  const key = sql.join(shape.key.map((name) => sql.id(name)))
  const at = shape.key.map((name) => shape.columns.findIndex((one) => one.name === name))
  let last: readonly Value[] | undefined
  do {
    const after =
      last === undefined ? sql`` : sql`where (${key}) > (${sql.join(at.map((one) => last?.[one]))})`
    const { rows } = await sql<Record<string, Value>>`
      select ${columns} from ${sql.id(shape.name)} ${after}
      order by ${key} limit ${sql.lit(PAGE_ROWS)}`.execute(db)
    const page = rows.map((row) => shape.columns.map(({ name }) => row[name] ?? null))
    if (page.length > 0) yield page
    last = page.length < PAGE_ROWS ? undefined : page.at(-1)
  } while (last !== undefined)
}

/** Writes rows of a table that has none of them. */
export async function writeRows(
  db: Kysely<Tables>,
  { name, columns }: TableShape,
  rows: readonly (readonly Value[])[],
): Promise<void> {
  const names = sql.join(columns.map((one) => sql.id(one.name)))
  const most = Math.min(PAGE_ROWS, Math.floor(MOST_VALUES / columns.length))
  for (let at = 0; at < rows.length; at += most) {
    const values = rows.slice(at, at + most).map((row) => sql`(${sql.join([...row])})`)
    await sql`insert into ${sql.id(name)} (${names}) values ${sql.join(values)}`.execute(db)
  }
}

export async function countRows(db: Kysely<Tables>, name: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.id(name)}`.execute(db)
  return rows[0]?.n ?? 0
}

/** Takes out what the steps themselves put into a new database: what comes has its own. */
export async function emptyTable(db: Kysely<Tables>, name: string): Promise<void> {
  await sql`delete from ${sql.id(name)}`.execute(db)
}
