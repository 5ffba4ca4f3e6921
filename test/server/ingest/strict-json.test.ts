import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseStrictJson } from '../../../server/ingest/strict-json.ts'

const parse = (text: string) => parseStrictJson(Buffer.from(text), 'payload')
const codeOf = (text: string) => {
  const result = parse(text)
  return result.ok ? 'ok' : result.error.code
}

test('whatever JSON.stringify writes is read as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(2), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) })
    }),
  )
})

test.each([
  ['{"a":1,"a":2}'],
  ['{"a":1,"\\u0061":1}'],
  ['[{"x":{"k":":","k":"{"}}]'],
  ['{"__proto__":1,"__proto__":2}'],
])('a key twice in one object is refused: %s', (text) => {
  expect(codeOf(text)).toBe('json-repeated-key')
})

test('the same key in different objects is fine', () => {
  expect(codeOf('[{"a":1},{"a":{"a":":\\"{["}}, 1, {"b":[1,{"a":2}]}]')).toBe('ok')
})

test('nesting is refused at 17 levels and read at 16', () => {
  expect(codeOf(`${'['.repeat(16)}${']'.repeat(16)}`)).toBe('ok')
  expect(codeOf(`${'['.repeat(17)}${']'.repeat(17)}`)).toBe('json-too-deep')
  expect(codeOf('{"a":'.repeat(30_000))).toBe('json-too-deep')
})

test.each([
  ['nothing', ''],
  ['a cut text', '{"a":'],
  ['an open string', '{"a":"\\"'],
  ['a byte order mark', '\uFEFF{}'],
  ['two values', '{} {}'],
  ['NaN', '{"a":NaN}'],
])('%s is not JSON', (_name, text) => {
  expect(codeOf(text)).toBe('not-json')
})

test('bytes that are not UTF-8 are refused, not repaired', () => {
  const result = parseStrictJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]), 'payload')
  expect(result).toMatchObject({ ok: false, error: { code: 'not-json', where: 'payload' } })
})
