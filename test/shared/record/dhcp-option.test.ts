import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  optionAddresses,
  optionNames,
  optionNumbers,
  optionText,
} from '../../../shared/record/dhcp-option.ts'

const hexOf = (octets: readonly number[] | string) =>
  typeof octets === 'string'
    ? Buffer.from(octets).toString('hex')
    : Buffer.from(octets).toString('hex')

test('text loses one closing NUL and no more; other octets are no text', () => {
  expect(optionText({ hex: hexOf('ab') })).toBe('ab')
  expect(optionText({ hex: hexOf([97, 0]) })).toBe('a')
  expect(optionText({ hex: hexOf([97, 0, 0]) })).toBe(null)
  expect(optionText({ hex: hexOf([0]) })).toBe(null)
  expect(optionText({ hex: hexOf([0xe9]) })).toBe(null)
  expect(optionText({ hex: '' })).toBe(null)
})

test('addresses come in fours', () => {
  expect(optionAddresses({ hex: '0a000001c0a80001' })).toEqual(['10.0.0.1', '192.168.0.1'])
  expect(optionAddresses({ hex: '0a00000100' })).toBe(null)
  expect(optionAddresses({ hex: '' })).toBe(null)
})

test('one octet may be a digit and a number at once: both are told', () => {
  expect(optionNumbers({ hex: '35' })).toEqual([
    { value: 5, as: 'text' },
    { value: 53, as: 'integer' },
  ])
  expect(optionNumbers({ hex: '0fff' })).toEqual([{ value: 4095, as: 'integer' }])
  expect(optionNumbers({ hex: '000001' })).toEqual([])
})

test('every number from 0 to 4095 is read back, as text and as integer', () => {
  fc.assert(
    fc.property(fc.nat(4095), (value) => {
      const text = optionNumbers({ hex: hexOf(String(value)) })
      expect(text).toContainEqual({ value, as: 'text' })
      const integer = optionNumbers({ hex: value.toString(16).padStart(4, '0') })
      expect(integer).toContainEqual({ value, as: 'integer' })
    }),
  )
})

test('search lists are read with their pointers (RFC 3397); a loop ends', () => {
  // eng.apple.com, marketing + pointer to apple.com: the example of RFC 3397 section 2.
  const eng = [3, ...Buffer.from('eng'), 5, ...Buffer.from('apple'), 3, ...Buffer.from('com'), 0]
  const marketing = [9, ...Buffer.from('marketing'), 0xc0, 4]
  expect(optionNames(119, { hex: hexOf([...eng, ...marketing]) })).toEqual([
    'eng.apple.com',
    'marketing.apple.com',
  ])
  expect(optionNames(119, { hex: hexOf([0xc0, 0]) })).toEqual([])
  expect(optionNames(15, { hex: hexOf('home.local') })).toEqual(['home.local'])
})

test('no octets make reading them throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
      const hex = hexOf([...octets])
      expect(Array.isArray(optionNames(119, { hex }))).toBe(true)
      expect(optionNumbers({ hex }).every(({ value }) => value >= 0)).toBe(true)
    }),
  )
})
