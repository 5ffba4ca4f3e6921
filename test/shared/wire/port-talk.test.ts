import { expect, test } from 'vitest'
import { NO_PORT_TOKEN, seenAddress, seenToken } from '../../../shared/wire/port-talk.ts'

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:DB8:0:0::7', '2001:db8::7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::1', '::1'],
])('an address in a token comes back in one form: %s', (written, read) => {
  const token = seenToken(written)
  expect(token).toMatch(/^[0-9a-f]{32}$/)
  expect(seenAddress(token)).toBe(read)
})

test.each([
  '',
  'dc1.example',
  '1.2.3',
  '1.2.3.256',
  '01.2.3.4',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '12345::',
])('what is no address is not told: %s', (written) => {
  expect(seenToken(written)).toBe(NO_PORT_TOKEN)
  expect(seenAddress(NO_PORT_TOKEN)).toBeNull()
})

test('a token of another length or kind tells nothing', () => {
  for (const token of ['', '00', 'z'.repeat(32)]) expect(seenAddress(token)).toBeNull()
})
