import { expect, test } from 'vitest'
import {
  parseBytes,
  parseDuration,
  parseDurationWithin,
  parseHostAndPort,
  parseIds,
} from '../../../agent/cli/arguments.ts'

test.each([
  ['10s', 10_000],
  ['90', 90_000],
  ['5m', 300_000],
  ['1.5h', 5_400_000],
  ['250ms', 250],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', '-5s', '5 s', 's', '1e3', '5w', '10s '])('%j is no time', (text) => {
  expect(() => parseDuration(text)).toThrow(/such as 10s, 5m/)
})

test('a time outside its bounds is refused with the bounds', () => {
  expect(() => parseDurationWithin('2s', '24h')('1s')).toThrow('from 2s to 24h')
})

test.each([
  ['10.1.0.10', '10.1.0.10', undefined],
  ['10.1.0.10:4001', '10.1.0.10', 4001],
  ['dc1.example:4000', 'dc1.example', 4000],
  ['2001:db8::1', '2001:db8::1', undefined],
  ['[2001:db8::1]:4000', '2001:db8::1', 4000],
  ['fe80::1%eth0', 'fe80::1%eth0', undefined],
  ['[fe80::1%br-lan.7]:4000', 'fe80::1%br-lan.7', 4000],
])('%s names host %s and port %s', (text, host, port) => {
  expect(parseHostAndPort(text)).toEqual({ host, port })
})

test.each(['', ':4000', 'host:0', 'host:70000', 'host:x', 'a b', '10.1.0.10%eth0'])(
  '%j is no far end',
  (text) => {
    expect(() => parseHostAndPort(text)).toThrow(/wanted ADDRESS/)
  },
)

test('ids are told apart, upper-cased, and named once', () => {
  expect(parseIds('vrn-3, VRN-4,VRN-3')).toEqual(['VRN-3', 'VRN-4'])
  expect(() => parseIds('VRN-3,,')).toThrow(/requirement ids/)
})

test('sizes count in thousands', () => {
  expect([parseBytes('500M'), parseBytes('2G'), parseBytes('17')]).toEqual([5e8, 2e9, 17])
})
