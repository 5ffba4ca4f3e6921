import { expect, test } from 'vitest'
import { MIGRATIONS } from '../../../server/store/migrations.ts'
import { spreadStatements } from '../../../server/store/spread.ts'

const types = { bytes: 'bytea' } as const

test('every table is spread or copied, tables of one key side by side', () => {
  const statements = spreadStatements(MIGRATIONS, types)
  const tables = MIGRATIONS.flatMap((step) => step(types)).filter((text) =>
    text.startsWith('create table'),
  )
  expect(statements.length).toBe(tables.length)
  expect(statements).toContain("select create_reference_table('profile')")
  expect(statements).toContain("select create_distributed_table('record', 'site')")
  expect(statements).toContain(
    "select create_distributed_table('agent_state', 'site', colocate_with => 'record')",
  )
  const alone = statements.filter(
    (text) => text.includes('distributed') && !text.includes('colocate_with'),
  )
  expect(alone.length, 'the first by site and the first by log').toBe(2)
})

test('what is spread already is left alone, and still tells the others where to stand', () => {
  const statements = spreadStatements(MIGRATIONS, types, new Set(['record', 'profile']))
  expect(statements.join('\n')).not.toMatch(/table\('(record|profile)'/)
  expect(statements).toContain(
    "select create_distributed_table('agent_state', 'site', colocate_with => 'record')",
  )
})

test('a table without a place is named', () => {
  const step = () => ['create table lost (id text not null primary key)']
  expect(() => spreadStatements([step], types)).toThrow(/lost/)
})
