import { describe, expect, test } from 'vitest'
import { MIGRATIONS } from '../../../server/store/migrations.ts'

/** The rules that keep PostgreSQL and Citus open, read off the statements themselves. */
const TYPES = /^(text|bigint|integer|real|blob|bytea)$/
const BANNED =
  /\b(serial|autoincrement|identity|trigger|now\(|current_timestamp|default|json|jsonb)\b/i
/** Small tables that belong to no site: copied to every node of a distributed database. */
const REFERENCE = new Set(['profile', 'schema_version'])

const statements = MIGRATIONS.flatMap((step) => step({ bytes: 'bytea' }))
const tables = statements.filter((text) => text.startsWith('create table'))

describe.each(tables.map((text) => [/^create table (\w+)/.exec(text)?.[1] ?? '', text] as const))(
  'table %s',
  (name, text) => {
    test('has only types that every dialect has', () => {
      const body = text.slice(text.indexOf('(') + 1)
      const columns = [...body.matchAll(/(\w+) (\w+) not null/g)]
      expect(columns.length).toBeGreaterThan(2)
      for (const [, column, type] of columns) expect(type, column).toMatch(TYPES)
    })

    test('has a key that starts with the site, unless it belongs to no site', () => {
      if (REFERENCE.has(name)) return
      expect(text).toMatch(/primary key \(site, /)
    })
  },
)

test('indexes on tables of sites start with the site', () => {
  const indexes = statements.filter((text) => /create (unique )?index/.test(text))
  expect(indexes.length).toBeGreaterThan(0)
  for (const index of indexes) expect(index).toMatch(/\(site, /)
})

test('nothing leans on one node or on the clock of the database', () => {
  for (const statement of statements) expect(statement).not.toMatch(BANNED)
})
