import { describe, expect } from 'vitest'
import { processesIn } from '../lab/owner.ts'
import type { Lab } from '../lab/topology.ts'
import { sharedLab } from './shared-lab.ts'
import { LINK, type Story, VOICE_LINES } from './story.ts'
import { note } from './table.ts'
import { voicePassed } from './voice-passed.ts'
import { voiceTruth } from './voice-truth.ts'

const ONE = { farEnds: ['primary'], only: VOICE_LINES.filter((id) => id !== 'VRN-7') } as const
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Stops every process of a host for a while: a virtual machine that is not given its turn. */
async function freeze(lab: Lab, host: string, ms: number): Promise<void> {
  const pids = processesIn(lab.namespace(host))
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  await pause(ms)
  for (const pid of pids) process.kill(pid, 'SIGCONT')
}

function expectNobodyConvicted(story: Story): void {
  const failed = story.result.judgement.findings.filter(({ verdict }) => verdict === 'fail')
  expect(failed.map(({ id, leg, detail }) => `${id} ${leg} ${detail}`)).toEqual([])
}

describe('hosts that are starved', () => {
  const story = sharedLab()

  story(
    'the agent stands still for 1.5 s: the host is named, and nobody convicted',
    async (told) => {
      const seen = await told.tell({
        ...{ ...ONE, seconds: 9, impair: { [LINK]: [{ delayMs: 20 }] } },
        meanwhile: async (lab) => {
          // Two seconds of voice, both legs: the run is under way, however slowly it began.
          await voicePassed(lab, 200)
          await freeze(lab, 'site', 1500)
        },
      })
      const { instrument, legs } = seen.stream()
      expect(voiceTruth(seen, 'out').lost).toBe(0)
      expect(instrument.stalls).toBeGreaterThan(0)
      expect(instrument.worstStallMs).toBeGreaterThan(1300)
      expect(instrument.notSent).toBeGreaterThan(50)
      expect(legs.out.loss.expected).toBe(voiceTruth(seen, 'out').sent)
      expectNobodyConvicted(seen)
      for (const id of ['VRN-3', 'VRN-4', 'VRN-6']) {
        expect(seen.verdict(id, 'out'), id).toBe('inconclusive host')
      }
      note('agent frozen 1.5 s', seen, 'out primary VRN-6')
    },
  )

  story(
    'the reflector stands still under 100 calls: what its socket dropped is not the network',
    async (told) => {
      const seen = await told.tell({
        ...{ ...ONE, seconds: 7, calls: 100 },
        meanwhile: async (lab) => {
          await voicePassed(lab, 20_000)
          await freeze(lab, 'dc1', 2500)
        },
      })
      const { instrument, legs } = seen.stream()
      expect(voiceTruth(seen, 'out').lost).toBe(0)
      expect(instrument.reflectorOverflows).toBeGreaterThan(1000)
      // A few control messages and path probes were dropped beside the calls.
      const beside = (instrument.reflectorOverflows ?? 0) - legs.out.loss.lost
      expect(beside).toBeGreaterThanOrEqual(0)
      expect(beside).toBeLessThan(20)
      expect(legs.back.loss.lost).toBe(voiceTruth(seen, 'back').lost)
      expectNobodyConvicted(seen)
      expect(seen.verdict('VRN-6', 'out')).toBe('inconclusive host')
      expect(seen.finding('VRN-6', 'out').detail).toContain("the reflector's host dropped")
      note('reflector frozen 2.5 s', seen, 'out primary VRN-6')
    },
  )

  story('the same with 10 % of true loss beside it: still not excused away', async (told) => {
    const seen = await told.tell({
      ...{ ...ONE, seconds: 6 },
      impair: {
        [LINK]: [{ leg: 'out', loss: { kind: 'exact', lost: 1, of: 10 }, match: { rtp: true } }],
      },
      meanwhile: async (lab) => {
        await voicePassed(lab, 200)
        await freeze(lab, 'dc1', 1000)
      },
    })
    expect(seen.stream().instrument.reflectorOverflows).toBe(0)
    expect(seen.stream().legs.out.loss.lost).toBe(voiceTruth(seen, 'out').lost)
    expect(seen.verdict('VRN-6', 'out')).toBe('fail over-limit')
    note('reflector frozen 1 s, 10 % loss', seen, 'out primary VRN-6')
  })
})
