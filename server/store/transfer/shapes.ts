import { MIGRATIONS } from '../migrations.ts'

export interface ColumnShape {
  readonly name: string
  readonly kind: 'text' | 'integer' | 'bytes'
}

/** A table as the schema's steps leave it. */
export interface TableShape {
  readonly name: string
  readonly columns: readonly ColumnShape[]
  /** Columns of its primary key, in order. */
  readonly key: readonly string[]
}

/** What belongs to one database and not to what is kept in it. */
const STAYS: readonly string[] = ['schema_version', 'ledger_lease']
const NO_SHAPE = /^(create (unique )?index|drop index|insert into|update|delete from)\b/

/**
 * The tables that a move takes along, as the first `version` steps leave them, in the order of their
 * making. Read off the steps themselves, so that a new table is never forgotten.
 *
 * @throws Error for a statement that is not understood here; a test over all steps holds that none is
 */
export function shapesAt(version: number): TableShape[] {
  const shapes = new Map<string, TableShape>()
  for (const statement of MIGRATIONS.slice(0, version).flatMap((step) =>
    step({ bytes: 'bytea' }),
  )) {
    const created = /^create table (\w+)/.exec(statement)?.[1]
    const [, altered, name, type] =
      /^alter table (\w+) add column (\w+) (\w+)/.exec(statement) ?? []
    if (created !== undefined) shapes.set(created, shapeOf(created, statement))
    else if (altered !== undefined) addColumn(shapes, altered, column(name, type))
    else if (!NO_SHAPE.test(statement)) throw new Error(`not understood: ${statement}`)
  }
  return [...shapes.values()].filter(({ name }) => !STAYS.includes(name))
}

function shapeOf(name: string, statement: string): TableShape {
  const body = statement.slice(statement.indexOf('(') + 1)
  const [, keys] = /primary key \(([^)]*)\)/.exec(body) ?? []
  const plain = body.replace(/primary key \([^)]*\)/, '')
  const found = [...plain.matchAll(/(?:^|,)\s*(\w+) (\w+)/g)]
  const columns = found.map(([, own, type]) => column(own, type))
  const [, single] = /(\w+) \w+ not null primary key/.exec(body) ?? []
  const key = keys?.split(',').map((one) => one.trim()) ?? (single === undefined ? [] : [single])
  if (key.length === 0) throw new Error(`not understood: ${statement}`)
  return { name, columns, key }
}

function addColumn(shapes: Map<string, TableShape>, table: string, added: ColumnShape): void {
  const shape = shapes.get(table)
  if (shape === undefined) throw new Error(`a column of a table that is not there: ${table}`)
  shapes.set(table, { ...shape, columns: [...shape.columns, added] })
}

function column(name = '', type = ''): ColumnShape {
  const kind = type === 'bytea' ? 'bytes' : type === 'text' ? 'text' : 'integer'
  return { name, kind }
}
