import type { CompiledQuery, Kysely, QueryResult } from 'kysely'
import type { Tables } from './tables.ts'

/** Rows of one statement, largest first: few texts, so that each is prepared once and kept. */
const SIZES = [64, 16, 4, 1]

type Row = Readonly<Record<string, unknown>>

/** A statement that writes rows of one shape; see {@link bulkStatement}. */
export interface BulkStatement<R> {
  /** Its result rows, of what it returns. */
  readonly run: (db: Kysely<Tables>, rows: readonly R[]) => Promise<readonly Row[]>
}

interface Prepared {
  readonly query: CompiledQuery
  readonly columns: readonly string[]
}

/**
 * A multi-row statement whose text is built once for each number of rows, and not for every thousand
 * values anew: building it costs several times what the database takes to run it.
 *
 * @param build the statement for some rows. It may bind nothing but their values, row by row, each row
 *   with the same columns
 */
export function bulkStatement<R extends object>(
  build: (db: Kysely<Tables>, rows: readonly R[]) => CompiledQuery,
): BulkStatement<R> {
  const textsOf = byDialect(() => new Map<number, Prepared>())
  const prepared = (db: Kysely<Tables>, rows: readonly R[]): Prepared => {
    const texts = textsOf(db)
    const found = texts.get(rows.length)
    if (found !== undefined) return found
    const made = prepare(build(db, rows), rows)
    texts.set(rows.length, made)
    return made
  }
  return {
    run: async (db, rows) => {
      const results: Row[] = []
      for (let at = 0; at < rows.length; ) {
        const left = rows.length - at
        const some = rows.slice(at, at + (SIZES.find((size) => size <= left) ?? 1))
        at += some.length
        const { query, columns } = prepared(db, some)
        const parameters = some.flatMap((row) => columns.map((name) => (row as Row)[name]))
        const done = await db.executeQuery<Row>({ ...query, parameters })
        results.push(...done.rows)
      }
      return results
    },
  }
}

function prepare(query: CompiledQuery, rows: readonly object[]): Prepared {
  const columns = Object.keys(rows[0] ?? {})
  const bound = rows.flatMap((row) => columns.map((name) => (row as Row)[name]))
  const same = bound.every((value, at) => query.parameters[at] === value)
  if (!same || query.parameters.length !== bound.length) {
    throw new Error(`store: the statement binds more than its rows' values: ${query.sql}`)
  }
  return { query, columns }
}

/**
 * A statement of which only the values differ from call to call: its text is built once.
 *
 * @param build the statement for some values; it may bind nothing else, and branch on none of them
 * @returns runs it with its values; what it returns or selects is under `rows`
 */
export function fixedStatement<A extends object, O = Row>(
  build: (db: Kysely<Tables>, values: A) => CompiledQuery<O>,
): (db: Kysely<Tables>, values: A) => Promise<QueryResult<O>> {
  const textOf = byDialect<{ made?: Prepared }>(() => ({}))
  return (db, values) => {
    const text = textOf(db)
    text.made ??= named(values, (names) => build(db, names))
    const { query, columns } = text.made
    const parameters = columns.map((name) => (values as Row)[name])
    return db.executeQuery<O>({ ...query, parameters } as CompiledQuery<O>)
  }
}

/** The statement with the names of its values in their places. */
function named<A extends object>(values: A, build: (names: A) => CompiledQuery): Prepared {
  const names = Object.fromEntries(Object.keys(values).map((name) => [name, `:${name}`])) as A
  const query = build(names)
  const columns = query.parameters.map((bound) => String(bound).slice(1))
  const foreign = columns.find((name, at) => query.parameters[at] !== (names as Row)[name])
  if (foreign === undefined) return { query, columns }
  throw new Error(`store: the statement binds more than its values: ${query.sql}`)
}

/** One of it for each dialect: their texts differ. */
function byDialect<T>(make: () => T): (db: Kysely<Tables>) => T {
  const known = new WeakMap<object, T>()
  return (db) => {
    const { adapter } = db.getExecutor()
    const found = known.get(adapter) ?? make()
    known.set(adapter, found)
    return found
  }
}
