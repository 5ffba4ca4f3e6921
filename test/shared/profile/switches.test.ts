import { expect, test } from 'vitest'
import { parseSite } from '../../../shared/profile/parse.ts'

const SITE = { format: 'voip-ready/site/1', site: 'a', profile: 'p', farEnds: {} }
const parse = (one: object) => parseSite({ ...SITE, switches: [one] })
const AUTH = { protocol: 'sha', key: 'long-enough' }

test('a switch is read by v2c with a community, or by v3 with a user', () => {
  expect(parse({ address: '10.0.0.2', version: '2c', community: 'c', ports: ['Gi1', 7] }).ok).toBe(
    true,
  )
  expect(parse({ address: '10.0.0.2', version: '3', user: 'u', auth: AUTH }).ok).toBe(true)
})

test.each([
  ['no version', { address: '10.0.0.2', community: 'c' }],
  ['v1', { address: '10.0.0.2', version: '1', community: 'c' }],
  ['a name for an address', { address: 'switch', version: '2c', community: 'c' }],
  ['a key that is misspelt', { address: '10.0.0.2', version: '2c', comunity: 'c' }],
  [
    'privacy without authentication',
    { address: '10.0.0.2', version: '3', user: 'u', privacy: AUTH },
  ],
  [
    'a short pass phrase',
    { address: '10.0.0.2', version: '3', user: 'u', auth: { ...AUTH, key: 'short' } },
  ],
])('%s is refused', (_what, one) => {
  expect(parse(one).ok).toBe(false)
})

test('secrets stay out of messages', () => {
  const long = 'secret'.repeat(40)
  for (const one of [
    { address: '10.0.0.2', version: '2c', community: long },
    { address: '10.0.0.2', version: '3', user: 'u', auth: { ...AUTH, key: 'hidden!' } },
  ]) {
    const parsed = parse(one)
    expect(parsed.ok).toBe(false)
    expect(JSON.stringify(parsed)).not.toMatch(/secretsecret|hidden!/)
  }
})
