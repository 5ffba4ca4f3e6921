import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { compileSchema } from '../../../server/ingest/compiled-schema.ts'
import { EnvelopeSchema, RecordSchema } from '../../../shared/record/record.ts'
import { envelope, record } from '../support/fixtures.ts'

const whole = record('a'.repeat(64), {
  round: { startedMs: 1, part: 1, parts: 2, everyMs: 3_600_000 },
  seen: { origin: 'o', size: 3, root: `${'A'.repeat(43)}=` },
})
const oddities: readonly unknown[] = [
  ...[null, true, '', 'x', 'AA==', 'AB==', 'ü', '\u{1f600}'.repeat(40), 'a'.repeat(70)],
  ...[0, -1, -0, 0.5, 1e308, 2 ** 53, 8.64e15 + 1, 255, 256, Number.POSITIVE_INFINITY],
  ...[
    [],
    {},
    [1, 2, 3],
    [[1, 2, 3, 4]],
    { kind: 'stream' },
    { kind: 7 },
    [{ kind: 'dns' }],
    [null],
  ],
]

test.each([
  ['record', RecordSchema, whole],
  ['envelope', EnvelopeSchema, JSON.parse(envelope(whole))],
] as const)('%s: the compiled check and the schema always agree', (_name, schema, valid) => {
  const fits = compileSchema<v.GenericSchema>(schema)
  expect(fits(valid)).toBe(true)
  const random = fc.tuple(
    fc.array(fc.nat(), { minLength: 1, maxLength: 9 }),
    fc.constantFrom('remove', 'add', 'replace'),
    fc.oneof(fc.constantFrom(...oddities), fc.jsonValue()),
  )
  fc.assert(
    fc.property(fc.array(random, { minLength: 1, maxLength: 3 }), (changes) => {
      const value = structuredClone(valid)
      for (const [path, how, what] of changes) change(value, path, how, what)
      expect(fits(value)).toBe(v.safeParse(schema, value).success)
    }),
    { numRuns: 3000 },
  )
})

/** Walks down by the numbers of `path` and changes what is there. */
function change(root: object, path: readonly number[], how: string, what: unknown): void {
  let at = root as Record<string, unknown>
  for (const [depth, step] of path.entries()) {
    const keys = Object.keys(at)
    const key = keys[step % Math.max(1, keys.length)]
    if (key === undefined) return
    const next = at[key]
    if (depth < path.length - 1 && typeof next === 'object' && next !== null) {
      at = next as Record<string, unknown>
      continue
    }
    if (how === 'remove' && Array.isArray(at)) at.splice(Number(key), 1)
    else if (how === 'remove') delete at[key]
    else if (how === 'add' && Array.isArray(at)) at.push(what)
    else at[how === 'add' ? `${key}x` : key] = what
    return
  }
}
