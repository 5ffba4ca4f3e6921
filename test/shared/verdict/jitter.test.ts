import { expect, test } from 'vitest'
import {
  findingAt,
  jitterOf,
  judged,
  lossOf,
  MINUTE,
  PACKETS,
  START,
  spread,
  stream,
  verdictAt,
} from './scenes.ts'

const on = (ms: number, n?: number) => judged([stream({ back: { jitter: jitterOf(ms, n) } })])

test('29.999 ms passes and 30.0 ms fails', () => {
  expect(verdictAt(on(29.999), 'VRN-4', 'back')).toBe('pass within-limit')
  expect(verdictAt(on(30), 'VRN-4', 'back')).toBe('fail over-limit')
})

test('jitter that packets out of order made says so, on the leg that they took', () => {
  const leg = (reordered: number) => ({
    jitter: jitterOf(45),
    loss: { ...lossOf(0), reordered },
  })
  const judgement = judged([stream({ out: leg(150), back: leg(0) })])
  const out = findingAt(judgement, 'VRN-4', 'out')
  expect(out).toMatchObject({ verdict: 'fail', reason: 'over-limit' })
  expect(out.detail).toContain('reordering is the likely cause: 150 of 3000 packets were overtaken')
  expect(out.advice).toMatch(/per flow instead of per packet.*; then: voip-ready check/)
  const back = findingAt(judgement, 'VRN-4', 'back')
  expect(back.verdict).toBe('fail')
  expect(`${back.detail} ${back.advice}`).not.toContain('reorder')
})

test('a few packets out of order are not named for jitter that they cannot have made', () => {
  const loss = { ...lossOf(0), reordered: 3 }
  const found = findingAt(judged([stream({ out: { jitter: jitterOf(45), loss } })]), 'VRN-4', 'out')
  expect(found.verdict).toBe('fail')
  expect(found.detail).not.toContain('reorder')
  expect(found.advice).toContain('voip-ready path')
})

test('each leg is judged by itself', () => {
  expect(verdictAt(on(45), 'VRN-4', 'out')).toBe('pass within-limit')
})

test('jitter of fewer packets than the minimum is not settled, good or bad', () => {
  expect(verdictAt(on(1, 99), 'VRN-4', 'back')).toBe('inconclusive too-few-packets')
  expect(verdictAt(on(90, 99), 'VRN-4', 'back')).toBe('inconclusive too-few-packets')
})

test('a value carries its statistic, sample and limit', () => {
  expect(findingAt(on(12), 'VRN-4', 'back')).toMatchObject({
    value: 12,
    interval: [12, 12],
    unit: 'ms',
    op: '<',
    limit: 30,
    statistic: 'p95',
    n: 3000,
  })
})

test('the way out is decided only where the stamps of the kernel and those inside the packets decide alike', () => {
  const out = (ms: number, inside: number) =>
    judged([stream({ out: { jitter: jitterOf(ms) }, stampedJitter: jitterOf(inside) })])
  expect(verdictAt(out(12, 29.9), 'VRN-4')).toBe('pass within-limit')
  expect(verdictAt(out(45, 31), 'VRN-4')).toBe('fail over-limit')
  expect(verdictAt(out(45, 12), 'VRN-4')).toBe('inconclusive host')
  const held = findingAt(out(12, 45), 'VRN-4')
  expect(held).toMatchObject({ verdict: 'inconclusive', reason: 'host', value: 12 })
  expect(held.interval).toEqual([12, 45])
  expect(held.detail).toBe(
    '0 of 3000 samples at 30 ms or more, 3000 by the stamps inside the packets: this host held them back',
  )
  // The way back has no stamp that two parties know.
  expect(verdictAt(out(12, 45), 'VRN-4', 'back')).toBe('pass within-limit')
})

test('windows of a build that told the kernel’s stamps alone are judged by these', () => {
  const windows = [0, MINUTE].map((at) => {
    const seen = stream({
      from: START + at,
      to: START + at + MINUTE,
      out: { jitter: jitterOf(45) },
    })
    const { stampedJitter: _, ...early } = seen
    return early
  })
  expect(verdictAt(judged(windows, { to: START + 2 * MINUTE }), 'VRN-4')).toBe('fail over-limit')
  const [early, other] = windows
  if (early === undefined || other === undefined) throw new Error('two windows')
  expect(verdictAt(judged([early]), 'VRN-4')).toBe('fail over-limit')
  // Beside others whose packets say that the host held them.
  const held = { ...other, stampedJitter: jitterOf(2) }
  expect(verdictAt(judged([early, held], { to: START + 2 * MINUTE }), 'VRN-4')).toBe(
    'inconclusive host',
  )
})

test('stamps that the kernel did not give make neither reckoning look better', () => {
  const inside = { ...jitterOf(45), reachesLimit: 151 }
  const of = (reachesLimit: number) =>
    judged([
      stream({ stampedJitter: { ...inside, reachesLimit }, out: { jitter: jitterOf(2, 2990) } }),
    ])
  expect(verdictAt(of(140), 'VRN-4')).toBe('pass within-limit')
  expect(verdictAt(of(150), 'VRN-4')).toBe('inconclusive host')
})

test('counts taken against another limit are not used', () => {
  const o = stream({ out: { jitter: jitterOf(2, 3000, 20) } })
  expect(verdictAt(judged([o]), 'VRN-4')).toBe('inconclusive other-limit')
})

test('a merged p95 is never shown on the wrong side of what the counts decided', () => {
  // Bucket 118 ends at 30.05 ms, so the histogram alone cannot say which side p95 is on.
  const running = {
    ...spread({ p95: 29.5, max: 45 }),
    histogram: { scale: 3 as const, zero: 0, first: 118, counts: [PACKETS] },
  }
  const jitter = { ...jitterOf(29.5), reachesLimit: 100, running }
  const windows = [0, MINUTE].map((at) =>
    stream({ from: START + at, to: START + at + MINUTE, out: { jitter } }),
  )
  const { value, interval, verdict } = findingAt(
    judged(windows, { to: START + 2 * MINUTE }),
    'VRN-4',
  )
  expect(verdict).toBe('pass')
  expect(interval?.[0]).toBeCloseTo(29.5, 6)
  expect(interval?.[1]).toBeLessThan(30)
  expect(interval?.[1]).toBeGreaterThan(29.99)
  expect(value).toBeLessThan(30)
})

test('a pass on those packets alone that were even does not speak of the others', () => {
  expect(verdictAt(on(1, 500), 'VRN-4', 'back')).toBe('inconclusive partly-observed')
  // One sample in twenty may be at the limit, and the first packet of the call has none.
  expect(verdictAt(on(1, 2850), 'VRN-4', 'back')).toBe('pass within-limit')
  expect(verdictAt(on(1, 2848), 'VRN-4', 'back')).toBe('inconclusive partly-observed')
})
