import { describe, expect, test } from 'vitest'
import { MIGRATIONS } from '../../../server/store/migrations.ts'
import { placementOf } from '../../../server/store/placement.ts'

/** The rules that keep PostgreSQL and Citus open, read off the statements themselves. */
const TYPES = /^(text|bigint|integer|real|blob|bytea)$/
const BANNED =
  /\b(serial|autoincrement|identity|trigger|now\(|current_timestamp|default|json|jsonb)\b/i

const statements = MIGRATIONS.flatMap((step) => step({ bytes: 'bytea' }))
const tables = statements.filter((text) => text.startsWith('create table'))

describe.each(tables.map((text) => [/^create table (\w+)/.exec(text)?.[1] ?? '', text] as const))(
  'table %s',
  (name, text) => {
    test('has only types that every dialect has', () => {
      const body = text.slice(text.indexOf('(') + 1).replace(/primary key \([^)]*\)/g, '')
      const columns = [...body.matchAll(/(?:^|,)\s*(\w+) (\w+)/g)]
      expect(columns.length).toBeGreaterThan(1)
      for (const [, column, type] of columns) expect(type, column).toMatch(TYPES)
    })

    test('has a key that starts with the site, or a place in server/store/placement.ts', () => {
      expect(placementOf(text), name).not.toBeNull()
    })
  },
)

test('what is unique in a table of sites starts with the site', () => {
  const spread = new Map(
    tables.map((text) => [/^create table (\w+)/.exec(text)?.[1] ?? '', placementOf(text)]),
  )
  for (const statement of statements) {
    const [, table = '', first] = /^create unique index \w+ on (\w+) \((\w+)/.exec(statement) ?? []
    const place = spread.get(table)
    if (place === 'site' || place === 'log_id') expect(first, statement).toBe(place)
  }
})

test('nothing leans on one node or on the clock of the database', () => {
  for (const statement of statements) expect(statement).not.toMatch(BANNED)
})
