import { expect, test } from 'vitest'
import {
  aloneText,
  explainFinding,
  formatAlternatives,
  formatLimit,
  formatPlace,
  formatValue,
} from '../../../shared/verdict/describe.ts'
import { dscpName } from '../../../shared/verdict/dscp-name.ts'

const ms = { unit: 'ms', limit: 150, op: '<', interval: null } as const

test('a value is shown with its interval where it has one', () => {
  expect(formatValue({ ...ms, value: 96.123, interval: [92, 100.2] })).toBe('96.1 ms [92, 100]')
  expect(formatValue({ ...ms, value: 12.5, interval: [12.5, 12.5] })).toBe('12.5 ms')
  expect(formatValue({ ...ms, value: null, interval: [0, 42] })).toBe('[0, 42] ms')
  expect(formatValue({ ...ms, value: null })).toBe('-')
})

test('ratios are per cent, marks have names', () => {
  const ratio = { unit: 'ratio', limit: 0.01 } as const
  expect(formatValue({ ...ratio, value: 101 / 10_000, interval: null })).toBe('1.01 %')
  expect(formatValue({ ...ratio, value: 0.0042, interval: [0.0011, 0.0098] })).toBe(
    '0.42 % [0.11, 0.98]',
  )
  expect(formatValue({ unit: 'dscp', value: 46, interval: null, limit: 46 })).toBe('EF (46)')
  expect(formatLimit({ unit: 'ratio', limit: 0.07, op: '<=' })).toBe('<= 7 %')
  expect(formatLimit({ unit: 'dscp', limit: 46, op: '==' })).toBe('== EF (46)')
  expect(formatLimit(ms)).toBe('< 150 ms')
  expect(formatLimit({ unit: 'none', limit: null, op: 'none' })).toBe('')
  expect([0, 1, 8, 10, 38, 44, 46, 56, 63].map(dscpName)).toEqual([
    'CS0',
    'LE',
    'CS1',
    'AF11',
    'AF43',
    'VOICE-ADMIT',
    'EF',
    'CS7',
    'DSCP 63',
  ])
})

test('whatever is measured fits its column', () => {
  expect(
    formatValue({ ...ms, value: 149.9, interval: [140.25, 1234.5] }).length,
  ).toBeLessThanOrEqual(30)
})

test('places, reasons and the overall in words', () => {
  expect(formatPlace({ farEnd: 'primary', leg: 'out' })).toBe('primary out')
  expect(formatPlace({ farEnd: 'none', leg: 'none' })).toBe('-')
  expect(explainFinding({ reason: 'no-voice-leg', detail: '' })).toBe(
    'by the model or by its kind of circuit, no voice travels here',
  )
  expect(explainFinding({ reason: 'waived', detail: 'no phones here' })).toContain(
    '(no phones here)',
  )
  expect(aloneText({ onlyLines: null })).toBe('')
  expect(aloneText({ onlyLines: ['VRN-4', 'VRN-3'] })).toBe(' in VRN-4, VRN-3 alone')
  const five = ['VRN-1', 'VRN-2', 'VRN-3', 'VRN-4', 'VRN-5']
  expect(aloneText({ onlyLines: five })).toBe(' in 5 lines alone')
  const alternatives = [
    { statistic: 'mean', verdict: 'pass' },
    { statistic: 'max', verdict: 'fail' },
  ] as const
  expect(formatAlternatives({ verdict: 'pass', alternatives })).toBe('max fail')
})
