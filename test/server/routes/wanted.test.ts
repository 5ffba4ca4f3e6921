import { expect, test } from 'vitest'
import { problemBody } from '../../../server/problem.ts'
import { AtQuery, SiteParams, validate } from '../../../server/routes/schemas.ts'

const wantedOf = (...asked: Parameters<typeof validate>) => {
  const { error } = validate(...asked)
  return error === undefined ? null : problemBody(error, 'id').wanted
}

test('what a time should be is said with an example, and not with a pattern', () => {
  const wanted = 'an instant with its zone: 2026-03-01T09:05:00Z'
  for (const at of ['yesterday', '2026-03-01T09:05:00', '2026-03-01'])
    expect(wantedOf(AtQuery, 'querystring', { at }), at).toBe(wanted)
  expect(wantedOf(AtQuery, 'querystring', { at: '2026-03-01T09:05:00+01:00' })).toBe(null)
  // Where a schema has no words of its own, its pattern is better than nothing.
  expect(wantedOf(SiteParams, 'params', { site: '../x' })).toMatch(/^\/\^\[a-z0-9\]/)
})
