import * as v from 'valibot'
import { expect, test } from 'vitest'
import { Problem } from '../../../server/problem.ts'
import { readBody } from '../../../server/routes/body.ts'

const read = (text: string) =>
  readBody({ body: Buffer.from(text) }, v.strictObject({ a: v.string() }))

test.each([['{"a":"\\u0000"}'], ['{"a":"x\\\\\\u0000"}'], ['{"\\u0000":"x"}']])(
  '%s is refused: no database has to take U+0000',
  (text) => {
    expect(() => read(text)).toThrow(Problem)
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'schema' }))
  },
)

test('what only looks like it is taken as it stands', () => {
  expect(read('{"a":"\\\\u0000"}')).toEqual({ a: '\\u0000' })
  expect(read('{"a":"\\u0001"}')).toEqual({ a: '\u0001' })
})
