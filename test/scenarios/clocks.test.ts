import { renameSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { Leg } from '../lab/router/impairment.ts'
import { labObstacle, labTest } from '../lab/scenario.ts'
import type { Skew } from '../lab/skewed-clock.ts'
import { createLab, type Lab } from '../lab/topology.ts'
import { between, type Hosts, type Outcome } from './two-hosts.ts'
import { voicePassed } from './voice-passed.ts'

/** What the lab's own hosts and the router's lateness add to the router's delay. */
const NEAR_MS = 1.5
const path = (out: number, back: number) => [
  { leg: 'out', delayMs: out } as const,
  { leg: 'back', delayMs: back } as const,
]
const claim = (ms: number) => ({ synchronised: true, maxErrorNs: ms * 1e6 })

let lab: Lab

describe('clocks', () => {
  beforeAll(async () => {
    if (labObstacle() === undefined) lab = await createLab({ impaired: ['r2-r3'] })
  })
  afterAll(async () => {
    await lab?.destroy()
  })

  /** The offset lay within the bounds all the time, and so did every quantile of delay. */
  function expectTruthWithin(seen: Outcome, ...offsetsMs: readonly number[]): void {
    const { offset } = seen.observation.clocks
    for (const ms of offsetsMs) {
      expect(offset?.lowMs).toBeLessThanOrEqual(ms)
      expect(offset?.highMs).toBeGreaterThanOrEqual(ms)
    }
    expectDelayWithin(seen)
  }

  function expectDelayWithin(seen: Outcome): void {
    for (const leg of ['out', 'back'] as const) {
      const delay = seen.observation.legs[leg].delay
      const { p50, p95 } = truthOf(seen, leg).delayMs
      expect(delay?.atLeast.p50).toBeLessThanOrEqual(p50 + NEAR_MS)
      expect(delay?.atMost.p50).toBeGreaterThanOrEqual(p50)
      expect(delay?.atLeast.p95).toBeLessThanOrEqual(p95 + NEAR_MS)
      expect(delay?.atMost.p95).toBeGreaterThanOrEqual(p95)
    }
  }

  /** Counts are exact, and round trip and jitter are what the path made them. */
  function expectUnharmed(seen: Outcome): void {
    const { legs, rtt } = seen.observation
    let least = 0
    let most = 0
    for (const leg of ['out', 'back'] as const) {
      const truth = truthOf(seen, leg)
      const { loss, jitter } = legs[leg]
      expect([loss.expected, loss.lost, loss.unattributed]).toEqual([truth.sent, truth.lost, 0])
      expect(jitter?.running.max).toBeLessThan(truth.jitterMs.max + NEAR_MS)
      least += truth.delayMs.min
      most += truth.delayMs.max
    }
    expect(rtt?.min).toBeGreaterThan(least - 0.1)
    expect(rtt?.max).toBeLessThan(most + 10)
    expect(seen.verdict('VRN-4', 'out')).toBe('pass within-limit')
    expect(seen.verdict('VRN-4', 'back')).toBe('pass within-limit')
    expect(seen.verdict('VRN-6', 'out')).toBe('pass within-limit')
  }

  /** A run in whose middle something happens to the clock of a host, however slowly it began. */
  async function withEvent(
    host: 'agent' | 'reflector',
    hosts: Hosts,
    event: (atMs: number) => Pick<Skew, 'steps' | 'slew'>,
  ): Promise<Outcome> {
    const told = lab.file(`told-${Date.now()}.json`)
    const skewed = { ...hosts, [host]: { ...hosts[host], told } }
    const running = between(lab, { durationMs: 6000, ...skewed })
    await voicePassed(lab, 150)
    writeFileSync(`${told}.new`, JSON.stringify(event(Date.now() + 1000)))
    renameSync(`${told}.new`, told)
    return running
  }

  const truthOf = ({ truth, fromMs, untilMs }: Outcome, leg: Leg) =>
    truth.leg({ leg, fromMs, untilMs })

  labTest(
    'unsynchronised clocks three seconds apart: a round trip of 140 ms passes both legs',
    async () => {
      await lab.router('r2-r3').impair(path(120, 20))
      const seen = await between(lab, { durationMs: 3000, reflector: { offsetMs: 3000 } })
      expectTruthWithin(seen, 3000)
      expect(seen.verdict('VRN-3', 'out')).toBe('pass within-limit')
      expect(seen.verdict('VRN-3', 'back')).toBe('pass within-limit')
      expect(seen.observation.clocks).toMatchObject({ fault: null, offset: { method: 'minima' } })
    },
  )

  labTest(
    'unsynchronised clocks: between 150 and 300 ms of round trip the rules decline to say',
    async () => {
      await lab.router('r2-r3').impair(path(120, 60))
      const seen = await between(lab, { durationMs: 3000, reflector: { offsetMs: -3000 } })
      expectTruthWithin(seen, -3000)
      expect(seen.verdict('VRN-3', 'out')).toBe('inconclusive clock-uncertain')
      expect(seen.verdict('VRN-3', 'back')).toBe('inconclusive clock-uncertain')
    },
  )

  labTest('two clocks that claim 5 ms and keep it: each leg is decided, and rightly', async () => {
    await lab.router('r2-r3').impair(path(160, 20))
    const hosts = {
      agent: { offsetMs: -4, claim: claim(5) },
      reflector: { offsetMs: 3, claim: claim(5) },
    }
    const seen = await between(lab, { durationMs: 3000, ...hosts })
    expectTruthWithin(seen, 7)
    expect(seen.observation.clocks).toMatchObject({
      fault: null,
      offset: { method: 'minima+clock' },
      agent: { synchronised: true, maxErrorMs: 5 },
    })
    expect(seen.verdict('VRN-3', 'out')).toBe('fail over-limit')
    expect(seen.verdict('VRN-3', 'back')).toBe('pass within-limit')
  })

  labTest('a path of 120 ms out and 60 back passes once both clocks claim 5 ms', async () => {
    await lab.router('r2-r3').impair(path(120, 60))
    const hosts = { agent: { claim: claim(5) }, reflector: { offsetMs: 8, claim: claim(5) } }
    const seen = await between(lab, { durationMs: 3000, ...hosts })
    expectTruthWithin(seen, 8)
    expect(seen.verdict('VRN-3', 'out')).toBe('pass within-limit')
    expect(seen.verdict('VRN-3', 'back')).toBe('pass within-limit')
  })

  labTest(
    'a clock that claims 1 ms and is 80 ms off is caught by causality, and nothing rests on it',
    async () => {
      await lab.router('r2-r3').impair(path(120, 60))
      const hosts = { agent: { claim: claim(1) }, reflector: { offsetMs: 80, claim: claim(1) } }
      const seen = await between(lab, { durationMs: 3000, ...hosts })
      expectTruthWithin(seen, 80)
      expect(seen.observation.clocks).toMatchObject({
        fault: 'contradiction',
        offset: { method: 'minima' },
      })
      expect(seen.verdict('VRN-3', 'out')).toBe('inconclusive clock-fault')
      expect(seen.verdict('VRN-3', 'back')).toBe('inconclusive clock-fault')
    },
  )

  for (const [host, byMs] of [
    ['agent', 400],
    ['agent', 6],
    ['reflector', -400],
    ['reflector', 6],
  ] as const) {
    labTest(
      `the clock of the ${host} steps by ${byMs} ms in mid-window: said so, and no figure suffers`,
      async () => {
        await lab.router('r2-r3').impair(path(100, 70))
        const hosts = { agent: { claim: claim(5) }, reflector: { claim: claim(5) } }
        const seen = await withEvent(host, hosts, (atMs) => ({ steps: [{ atMs, byMs }] }))
        expect(seen.observation.clocks.fault).toBe('step')
        expect(seen.observation.clocks[host]?.steps).toBe(1)
        expectUnharmed(seen)
        expect(seen.verdict('VRN-3', 'out')).toBe('inconclusive clock-fault')
      },
    )
  }

  labTest('100 ppm of drift is within what the bounds allow for', async () => {
    await lab.router('r2-r3').impair(path(90, 80))
    const skew = { offsetMs: 50, driftPpm: 100 }
    const seen = await between(lab, { durationMs: 6000, reflector: skew })
    expectTruthWithin(seen, 50, 50.6)
    expectUnharmed(seen)
    expect(seen.observation.clocks.fault).toBeNull()
    expect(seen.verdict('VRN-3', 'out')).toBe('inconclusive clock-uncertain')
  })

  labTest(
    'a clock that is being slewed by 100 ms in mid-window convicts and acquits nobody wrongly',
    async () => {
      await lab.router('r2-r3').impair(path(160, 20))
      const hosts = { reflector: { offsetMs: 1000 } }
      const seen = await withEvent('reflector', hosts, (fromMs) => ({
        slew: { fromMs, untilMs: fromMs + 1250, ppm: -80_000 },
      }))
      expectDelayWithin(seen)
      expect(['fail', 'inconclusive']).toContain(seen.finding('VRN-3', 'out').verdict)
      expect(['pass', 'inconclusive']).toContain(seen.finding('VRN-3', 'back').verdict)
    },
  )
})
