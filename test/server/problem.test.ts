import { expect, test } from 'vitest'
import { problemBody } from '../../server/problem.ts'

test.each([
  [{ found: 'york' }, 'found york'],
  [{ where: 'GET /nothing' }, 'GET /nothing'],
  [
    { where: 'query', wanted: 'a month', found: '"2026-13"' },
    'query: wanted a month, found "2026-13"',
  ],
  [{ wanted: 'admin', found: 'viewer' }, 'wanted admin, found viewer'],
  [{}, undefined],
])('of what is known of a refusal %o is one sentence: %s', (detail, sentence) => {
  expect(problemBody({ code: 'unknown-site', detail }, 'id').detail).toBe(sentence)
})
