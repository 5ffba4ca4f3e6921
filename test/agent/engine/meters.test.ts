import { describe, expect, test } from 'vitest'
import { StallMeter } from '../../../agent/engine/stall-meter.ts'
import { WallSteps } from '../../../agent/engine/wall-steps.ts'

describe('steps of wall against monotonic time', () => {
  test('slewing is no step; a step counts with its sign, once', () => {
    const steps = new WallSteps()
    for (const offsetNs of [5e9, 5e9 + 0.9e6, 5e9 + 1.8e6]) steps.observe(offsetNs)
    expect(steps.take()).toEqual({ wallSteps: 0, wallStepNs: 0 })
    steps.observe(6e9 + 1.8e6)
    steps.observe(6e9 + 1.8e6)
    steps.observe(5.5e9 + 1.8e6)
    expect(steps.take()).toEqual({ wallSteps: 2, wallStepNs: 0.5e9 })
    expect(steps.take()).toEqual({ wallSteps: 0, wallStepNs: 0 })
  })
})

describe('stalls', () => {
  test('a turn more than 20 ms late is a stall; the worst is kept', () => {
    const stalls = new StallMeter()
    stalls.observe(0, 0)
    stalls.observe(20e6, 40e6)
    expect(stalls.take()).toEqual({ stalls: 0, worstStallNs: 0 })
    stalls.observe(60e6, 81e6)
    stalls.observe(100e6, 150e6)
    expect(stalls.take()).toEqual({ stalls: 2, worstStallNs: 50e6 })
    expect(stalls.take()).toEqual({ stalls: 0, worstStallNs: 0 })
  })

  test('“as soon as possible” is late only by what the loop itself took', () => {
    const stalls = new StallMeter()
    stalls.observe(1000e6, 1000e6)
    stalls.observe(0, 1001e6)
    stalls.observe(Number.NEGATIVE_INFINITY, 1002e6)
    expect(stalls.take().stalls).toBe(0)
    stalls.observe(0, 1052e6)
    expect(stalls.take()).toEqual({ stalls: 1, worstStallNs: 50e6 })
  })
})
