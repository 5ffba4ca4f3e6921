import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import type { FarEndName } from '../../shared/profile/site.ts'
import type { Impairment, Leg, Loss } from '../lab/router/impairment.ts'
import type { Lab } from '../lab/topology.ts'
import { expectLossExact } from './agreement.ts'
import { sharedLab } from './shared-lab.ts'
import { FAR_ENDS, LINK, type Story } from './story.ts'
import { note } from './table.ts'
import { voicePassed } from './voice-passed.ts'

/** Loss of voice only, on one leg of one far end. */
function lossy(leg: Leg, farEnd: FarEndName, loss: Loss): Impairment {
  return { leg, match: { rtp: true, port: FAR_ENDS[farEnd].port }, loss }
}

/** Loss out to the primary and back from the secondary: two stories in one run. */
function apart(loss: Loss): Readonly<Record<string, readonly Impairment[]>> {
  return { [LINK]: [lossy('out', 'primary', loss), lossy('back', 'secondary', loss)] }
}

const LOSSY: readonly (readonly [Leg, FarEndName])[] = [
  ['out', 'primary'],
  ['back', 'secondary'],
]
const other = (leg: Leg): Leg => (leg === 'out' ? 'back' : 'out')

/** What a long enough run says of heavy loss; a short one may be in doubt, since bursts make seconds. */
const OVER = /^fail over-limit$/
const OVER_OR_DOUBT = /^(fail over-limit|inconclusive too-few-packets)$/

function expectVerdicts(story: Story, onLossy: RegExp, onOther = /^pass within-limit$/): void {
  for (const [leg, farEnd] of LOSSY) {
    expect(story.truth(leg, farEnd).lost).toBeGreaterThan(0)
    expect(story.truth(other(leg), farEnd).lost).toBe(0)
    expectLossExact(story, farEnd)
    const detail = (of: Leg) => story.finding('VRN-6', of, farEnd).detail
    expect(story.verdict('VRN-6', leg, farEnd), detail(leg)).toMatch(onLossy)
    expect(story.verdict('VRN-6', other(leg), farEnd), detail(other(leg))).toMatch(onOther)
  }
}

describe('packet loss', () => {
  const story = sharedLab()

  story('random, 0.5 %, on one leg only: within 1 % with its whole error', async ({ tell }) => {
    const half: Loss = { kind: 'random', ratio: 0.005 }
    const told = await tell({ seconds: 5, calls: 20, impair: apart(half) })
    expectVerdicts(told, /^pass within-limit$/)
    expect(told.exit).toBe(2)
    note('random loss 0.5 %', told, 'out primary VRN-6')
    note('random loss 0.5 %', told, 'back secondary VRN-6')
  })

  story('random, 3 %, on one leg only: fails that leg and no other', async ({ tell }) => {
    const told = await tell({
      seconds: 6,
      calls: 6,
      impair: apart({ kind: 'random', ratio: 0.03 }),
    })
    expectVerdicts(told, OVER)
    expect([told.result.judgement.overall, told.exit]).toEqual(['NOT READY', 1])
    note('random loss 3 %', told, 'out primary VRN-6')
    note('random loss 3 %', told, 'back secondary VRN-6')
  })

  story('in Gilbert-Elliott bursts: as many bursts, as long as they were', async ({ tell }) => {
    const burst: Loss = { kind: 'burst', enter: 0.01, leave: 0.25 }
    const told = await tell({ seconds: 6, calls: 4, impair: apart(burst) })
    expectVerdicts(told, OVER)
    for (const [leg, farEnd] of LOSSY) {
      const { bursts } = told.stream(farEnd).legs[leg].loss
      expect(bursts).toMatchObject(trueBursts(told, leg, farEnd))
      const words = `${bursts?.runs} runs of losses, the longest ${bursts?.longestRun}`
      const true_ = trueBursts(told, leg, farEnd)
      const truth = `${true_.runs} runs of losses, the longest ${true_.longestRun}`
      note('Gilbert-Elliott bursts', told, `${leg} ${farEnd} VRN-6`, { truth, said: words })
    }
  })

  story('in the last second of the run: not one packet of it is missed', async ({ lab, tell }) => {
    const seconds = 4
    const told = await tell({
      ...{ seconds, calls: 4 },
      meanwhile: async () => {
        await voicePassed(lab, 2 * 2 * 4 * 50 * (seconds - 1))
        await lab.router(LINK).impair(apart({ kind: 'burst', enter: 0.5, leave: 0.1 })[LINK]!)
      },
    })
    expectVerdicts(told, OVER_OR_DOUBT)
    for (const [leg, farEnd] of LOSSY) {
      const { seconds: by } = told.truth(leg, farEnd)
      // The run ends in the second after the last whole one.
      const late = by.slice(-2).reduce((sum, { lost }) => sum + lost, 0)
      expect(late).toBe(told.truth(leg, farEnd).lost)
      note('burst loss in the last second', told, `${leg} ${farEnd} VRN-6`)
    }
  })

  story('voice dies two seconds before the end: its leg is told by the receipt', async (by) => {
    const told = await by.tell({
      // What was heard of the other way must do for a verdict on it (299), with room.
      ...{ seconds: 4, calls: 5 },
      meanwhile: async (lab) => {
        await voicePassed(lab, 2 * 2 * 5 * 50 * 2)
        await lab.router(LINK).impair(apart({ kind: 'random', ratio: 1 })[LINK]!)
      },
    })
    expectVerdicts(told, OVER)
    for (const [leg, farEnd] of LOSSY)
      note('voice dies before the end', told, `${leg} ${farEnd} VRN-6`)
  })

  describe('of exactly 1.000 %, and of one packet more', () => {
    /** 300 packets of one call in 6 s: 3 are 1.000 %, 4 are one above. */
    const impair = {
      [LINK]: [
        lossy('out', 'primary', { kind: 'exact', lost: 3, of: 300 }),
        lossy('out', 'secondary', { kind: 'exact', lost: 4, of: 300 }),
      ],
    }
    const expectCounts = (told: Story) => {
      expect(told.truth('out', 'primary')).toMatchObject({ sent: 300, lost: 3 })
      expect(told.truth('out', 'secondary')).toMatchObject({ sent: 300, lost: 4 })
      expectLossExact(told, 'primary')
      expectLossExact(told, 'secondary')
    }

    story('a profile that decides by the count passes the one and fails the other', async (by) => {
      const profile = pointProfile(by.lab)
      const told = await by.tell({ seconds: 6, profile, impair })
      expectCounts(told)
      expect(told.finding('VRN-6', 'out')).toMatchObject({ value: 0.01, interval: [0.01, 0.01] })
      expect(told.verdict('VRN-6', 'out', 'primary')).toBe('pass within-limit')
      expect(told.verdict('VRN-6', 'out', 'secondary')).toBe('fail over-limit')
      note('loss exactly 1.000 %, decided by the count', told, 'out primary VRN-6')
      note('one packet above 1.000 %, decided by the count', told, 'out secondary VRN-6')
    })

    story('the usual profile says of both that the run was too short', async ({ tell }) => {
      const told = await tell({ seconds: 6, impair })
      expectCounts(told)
      for (const [farEnd, counted] of [
        ['primary', 'pass'],
        ['secondary', 'fail'],
      ] as const) {
        expect(told.verdict('VRN-6', 'out', farEnd)).toBe('inconclusive too-few-packets')
        expect(told.finding('VRN-6', 'out', farEnd).alternatives).toEqual([
          { statistic: 'ratio as counted', verdict: counted },
        ])
      }
      note('loss exactly 1.000 %, usual profile', told, 'out primary VRN-6')
      note('one packet above 1.000 %, usual profile', told, 'out secondary VRN-6')
    })
  })
})

/**
 * Bursts by RFC 3611 section 4.7.2 from the router's log, each call for itself: losses with fewer
 * than 16 received between them stand together, and two or more of them are a burst.
 */
function trueBursts(told: Story, leg: Leg, farEnd: FarEndName) {
  const found = { bursts: 0, burstLost: 0, gapLost: 0, runs: 0, longestRun: 0 }
  for (const fates of fatesByCall(told, leg, farEnd)) {
    const runs = fates.match(/x+/g) ?? []
    found.runs += runs.length
    found.longestRun = Math.max(found.longestRun, ...runs.map(({ length }) => length))
    for (const group of fates.split(/\.{16,}/)) {
      const lost = group.replaceAll('.', '').length
      if (lost === 1) found.gapLost++
      if (lost < 2) continue
      found.bursts++
      found.burstLost += lost
    }
  }
  return found
}

/** One letter per packet in order of arrival at the router, `x` for a lost one. */
function fatesByCall(told: Story, leg: Leg, farEnd: FarEndName): readonly string[] {
  const calls = new Map<number, string>()
  for (const { rtp, copy, outNs } of told.log().select(told.selection(leg, farEnd))) {
    if (copy || rtp === undefined) continue
    calls.set(rtp.ssrc, `${calls.get(rtp.ssrc) ?? ''}${outNs === undefined ? 'x' : '.'}`)
  }
  return [...calls.values()]
}

/** The usual profile, but for how it decides VRN-6. */
function pointProfile(lab: Lab): string {
  const profiles = fileURLToPath(new URL('../../config/profiles', import.meta.url))
  const folder = lab.file('profiles')
  cpSync(profiles, folder, { recursive: true })
  const part = `${folder}/parts/pureconnect-network.yaml`
  const text = readFileSync(part, 'utf8')
  expect(text.match(/decide: confidence/g)).toHaveLength(1)
  writeFileSync(part, text.replace('decide: confidence', 'decide: point'))
  const file = `${folder}/pureconnect-rcm.yaml`
  writeFileSync(file, readFileSync(file, 'utf8').replace('id: pureconnect-rcm', 'id: point-rcm'))
  return file
}
