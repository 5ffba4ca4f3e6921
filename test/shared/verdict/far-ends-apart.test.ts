import { expect, test } from 'vitest'
import { MINUTE, START } from '../../server/support/fixtures.ts'
import { looksUnderLoad, rampSteps } from './run-records.ts'
import { findingAt, judged, lossOf, siteWith, stream } from './scenes.ts'

const [ONE, OTHER] = ['01'.repeat(8), '02'.repeat(8)]
const second = (boot?: string, from = START) =>
  stream({
    ...{ farEnd: 'secondary', from, to: from + MINUTE },
    ...(boot && { reflectorBoot: boot }),
  })
const at = (judgement: ReturnType<typeof judged>, farEnd: 'primary' | 'secondary') => {
  const { verdict, reason } = findingAt(judgement, 'VRN-6', 'out', farEnd)
  return `${verdict} ${reason}`
}

test('one reflector at both far ends passes neither: what was looked at is one place', () => {
  const same = judged([stream({ reflectorBoot: ONE }), second(ONE)])
  for (const farEnd of ['primary', 'secondary'] as const) {
    expect(at(same, farEnd)).toBe('inconclusive one-reflector')
  }
  expect(same.overall).not.toBe('READY')
  expect(findingAt(same, 'VRN-6', 'out', 'primary').advice).toContain('reflector of its own')
})

test('one reflector at both far ends passes no run of load either', () => {
  const site = { site: siteWith({ peakCalls: 4 }) }
  const of = (
    observations: Parameters<typeof judged>[0],
    id: string,
    farEnd: 'primary' | 'secondary',
  ) => {
    const { verdict, reason } = findingAt(judged(observations, site), id, 'out', farEnd)
    return `${verdict} ${reason}`
  }
  const minutes = [stream({ reflectorBoot: ONE }), second(OTHER)]
  const steps = (boot: string) =>
    rampSteps().map((one) => ({ ...one, reflectorBoot: one.farEnd === 'primary' ? ONE : boot }))
  const looks = (boot: string) =>
    looksUnderLoad().map((look) => {
      if (look.kind !== 'qos' || look.loaded === null) throw new Error('no look under load')
      const reflectorBoot = look.farEnd === 'primary' ? ONE : boot
      const { loaded } = look
      return { ...look, loaded: { ...loaded, marked: { ...loaded.marked, reflectorBoot } } }
    })
  for (const farEnd of ['primary', 'secondary'] as const) {
    // By the run itself, beside minutes that two reflectors answered, and alone.
    for (const beside of [minutes, []]) {
      expect(of([...beside, ...steps(ONE)], 'VRN-7', farEnd)).toBe('inconclusive one-reflector')
      expect(of([...beside, ...looks(ONE)], 'VRN-1', farEnd)).toBe('inconclusive one-reflector')
    }
    expect(of([...minutes, ...steps(OTHER)], 'VRN-7', farEnd)).toBe('pass within-limit')
    expect(of([...minutes, ...looks(OTHER)], 'VRN-1', farEnd)).toBe('pass priority-kept')
    // By the minutes of the time that is judged.
    const same = [stream({ reflectorBoot: ONE }), second(ONE)]
    expect(of([...same, ...looks(OTHER)], 'VRN-1', farEnd)).toBe('inconclusive one-reflector')
  }
})

test('what failed on the way to it failed all the same', () => {
  const out = { loss: lossOf(300) }
  const lossy = judged([stream({ reflectorBoot: ONE, out }), second(ONE)])
  expect(at(lossy, 'primary')).toBe('fail over-limit')
  expect(at(lossy, 'secondary')).toBe('inconclusive one-reflector')
})

test('two reflectors, one that restarted, and agents that do not say pass as before', () => {
  const pass = 'pass within-limit'
  expect(at(judged([stream({ reflectorBoot: ONE }), second(OTHER)]), 'secondary')).toBe(pass)
  expect(at(judged([stream({ reflectorBoot: ONE }), second()]), 'secondary')).toBe(pass)
  const restarted = [
    stream({ reflectorBoot: ONE, from: START, to: START + MINUTE }),
    stream({ reflectorBoot: '03'.repeat(8), from: START + MINUTE, to: START + 2 * MINUTE }),
  ]
  const time = { from: START, to: START + 2 * MINUTE }
  const far = [second(OTHER), second(OTHER, START + MINUTE)]
  expect(at(judged([...restarted, ...far], time), 'primary')).toBe(pass)
})

test('an address that led to the other data centre for a minute denies the time that holds it', () => {
  const primary = [0, 1].map((n) =>
    stream({ reflectorBoot: ONE, from: START + n * MINUTE, to: START + (n + 1) * MINUTE }),
  )
  const strayed = [second(OTHER), second(ONE, START + MINUTE)]
  const judgement = judged([...primary, ...strayed], { from: START, to: START + 2 * MINUTE })
  expect(at(judgement, 'secondary')).toBe('inconclusive one-reflector')
})
