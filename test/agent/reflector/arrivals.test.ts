import { expect, test } from 'vitest'
import { Arrivals } from '../../../agent/reflector/responder/arrivals.ts'

test('runs are kept apart, forgotten after a while, and never more than sixty-four', () => {
  let now = 0
  const arrivals = new Arrivals(() => now)
  arrivals.note('site', 'first', 'udp', 5060)
  expect(arrivals.has('site', 'first', 'udp', 5060)).toBe(true)
  expect(arrivals.has('site', 'first', 'tcp', 5060)).toBe(false)
  expect(arrivals.has('site', 'second', 'udp', 5060)).toBe(false)
  expect(arrivals.has('other', 'first', 'udp', 5060)).toBe(false)
  for (let run = 0; run < 64; run++) arrivals.note('site', `run ${run}`, 'udp', 5060)
  expect(arrivals.has('site', 'first', 'udp', 5060)).toBe(false)
  expect(arrivals.has('site', 'run 0', 'udp', 5060)).toBe(true)
  now = 121_000
  arrivals.note('site', 'late', 'udp', 5060)
  expect(arrivals.has('site', 'run 63', 'udp', 5060)).toBe(false)
})
