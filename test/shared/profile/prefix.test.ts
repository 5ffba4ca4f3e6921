import { expect, test } from 'vitest'
import { isPrefix, ownerOf } from '../../../shared/profile/prefix.ts'

const OWNERS = [
  { prefix: '10.0.0.0/8', owner: 'Carrier' },
  { prefix: '10.1.2.0/24', owner: 'Customer' },
  { prefix: '2001:db8::/32', owner: 'Six' },
  { prefix: '::ffff:0:0/96', owner: 'Mapped' },
]

test.each([
  ['10.1.2.3', 'Customer'],
  ['10.1.3.3', 'Carrier'],
  ['11.0.0.1', undefined],
  ['2001:db8:1::5', 'Six'],
  ['2001:db9::5', undefined],
  ['fe80::1%eth0', undefined],
  ['not an address', undefined],
])('%s belongs to %s', (address, owner) => {
  expect(ownerOf(address, OWNERS)).toBe(owner)
})

test.each([
  ['10.0.0.0/33', false],
  ['10.0.0/8', false],
  ['10.0.0.256/8', false],
  ['2001:db8::1::/32', false],
  ['1:2:3:4:5:6:7:8/128', true],
  ['0.0.0.0/0', true],
  ['10.0.0.0', false],
])('%s is a prefix: %s', (text, is) => {
  expect(isPrefix(text)).toBe(is)
})
