import fc from 'fast-check'
import { expect, test } from 'vitest'
import { repeatsMembers } from '../../../shared/schema/json-members.ts'

const said = (text: string) => repeatsMembers(text, JSON.parse(text))

test('no value names a member twice, however it is written', () => {
  const white = fc.constantFrom('', ' ', '\n', '\t')
  fc.assert(
    fc.property(fc.jsonValue(), white, (value, space) => {
      expect(said(JSON.stringify(value, null, space))).toBe(false)
    }),
  )
})

test.each([
  '{"a":1,"a":1}',
  '{"a" :1,"a":2}',
  '{"a":1,"a"\n\t:2}',
  '{"a":1,"\\u0061":2}',
  '[{"x":{"b":[1,{"c":0,"c":[]}]}}]',
  '{"a":"a:\\"b\\":","a":2}',
  '{"__proto__":1,"__proto__":2}',
])('%s names one twice', (text) => {
  expect(said(text)).toBe(true)
})
