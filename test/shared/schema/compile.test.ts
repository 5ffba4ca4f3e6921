import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { BundleLineSchema } from '../../../shared/evidence/bundle.ts'
import { EntrySchema } from '../../../shared/evidence/entry.ts'
import { ObservationSchema } from '../../../shared/record/kinds.ts'
import { ReceiptStatementSchema } from '../../../shared/record/receipt.ts'
import { RecordSchema } from '../../../shared/record/record.ts'
import { compile } from '../../../shared/schema/compile.ts'
import { readerOf } from '../../../shared/schema/reader.ts'
import { worldLines } from '../../support/evidence-world.ts'
import { changeAt, ODDITIES } from '../../support/odd-values.ts'
import { underLoad } from '../verdict/qos-looks.ts'

const lines = worldLines({ minutes: 1 })
const payloadOf = (kind: 'record' | 'entry') => {
  const line = lines.find((one) => one.kind === kind)
  return line?.kind === kind ? JSON.parse(line.payload) : null
}
const whole = payloadOf('record')
const [{ payload }] = whole.evidence[0].receipts
const round = { startedMs: 1, part: 1, parts: 2, everyMs: 3_600_000 }

test.each<[string, v.GenericSchema, object]>([
  ['record', RecordSchema, { ...whole, round }],
  ['look under load', ObservationSchema, underLoad()],
  ['receipt', ReceiptStatementSchema, JSON.parse(Buffer.from(payload, 'base64').toString())],
  ['entry', EntrySchema, payloadOf('entry')],
  ['line', BundleLineSchema, lines.find(({ kind }) => kind === 'record') ?? {}],
])(
  '%s: what the compiled check takes, the schema takes as it is; both know the good one',
  (_name, schema, valid) => {
    const fits = compile(schema)
    const reader = readerOf(schema)
    expect(fits(valid)).toBe(true)
    const change = fc.tuple(
      fc.array(fc.nat(), { minLength: 1, maxLength: 9 }),
      fc.constantFrom('remove', 'add', 'replace'),
      fc.oneof(fc.constantFrom(...ODDITIES), fc.jsonValue()),
    )
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const value = structuredClone(valid)
        for (const [path, how, what] of changes) changeAt(value, path, how, what)
        const read = v.safeParse(schema, value)
        if (fits(value)) expect(read).toMatchObject({ success: true, output: value })
        expect(reader(value).ok).toBe(read.success)
      }),
      { numRuns: 1500 },
    )
  },
)

test('what a schema would change, or what is not known, is left to the schema', () => {
  const trimmed = v.strictObject({ a: v.pipe(v.string(), v.trim()) })
  expect(compile(trimmed)({ a: 'x' })).toBe(false)
  expect(readerOf(trimmed)({ a: ' x ' })).toEqual({ ok: true, value: { a: 'x' } })
  const filled = v.strictObject({ a: v.optional(v.number(), 7) })
  expect(compile(filled)({})).toBe(false)
  expect(readerOf(filled)({})).toEqual({ ok: true, value: { a: 7 } })
  expect(compile(v.looseObject({}))({})).toBe(false)
  expect(readerOf(v.strictObject({ a: v.array(v.number()) }))({ a: [1, 'x'] })).toEqual({
    ok: false,
    error: expect.stringMatching(/^a\.1: /),
  })
})

test('a pipe that begins with a pipe keeps all of its conditions', () => {
  const count = v.pipe(v.number(), v.integer(), v.minValue(0))
  const port = compile(v.strictObject({ port: v.pipe(count, v.maxValue(65_535)) }))
  expect([0, 65_535, -1, 0.5, 65_536].map((value) => port({ port: value }))).toEqual([
    ...[true, true, false, false, false],
  ])
})

test('base64 is taken where its schema takes it: any letter, padding at the end alone', () => {
  const schema = v.pipe(v.string(), v.base64())
  const fits = compile(schema)
  const letters = fc.constantFrom(...'ABYZabyz0189+/')
  const others = fc.constantFrom(
    '=',
    '-',
    '_',
    '@',
    '[',
    '`',
    '{',
    ':',
    ' ',
    '\n',
    'é',
    '\u0141',
    '😀',
  )
  const text = fc.array(fc.oneof({ weight: 30, arbitrary: letters }, others), { maxLength: 12 })
  const padding = fc.constantFrom('', '=', '==', '===')
  let taken = 0
  fc.assert(
    fc.property(text, padding, (units, end) => {
      const value = units.join('') + end
      expect(fits(value), JSON.stringify(value)).toBe(v.is(schema, value))
      if (fits(value)) taken += 1
    }),
    { numRuns: 1000 },
  )
  expect(taken).toBeGreaterThan(100)
})
