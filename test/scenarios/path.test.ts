import { describe, expect } from 'vitest'
import { DEFAULT_LINKS } from '../lab/plan.ts'
import type { PacketTruth } from '../lab/router/truth-log.ts'
import { scenario } from '../lab/scenario.ts'
import { expectLossExact, FAR_END_NAMES, LEGS, TOLERANCE } from './agreement.ts'
import { sharedLab } from './shared-lab.ts'
import { FAR_ENDS, LINK, type Story, startReflectors, tell } from './story.ts'
import { note } from './table.ts'
import { voicePassed } from './voice-passed.ts'

/** A second way from r1 to r3, one hop longer; nothing takes it unless routed so. */
const TWO_WAYS = [...DEFAULT_LINKS, ['r1', 'r4'], ['r4', 'r5'], ['r5', 'r3']] as const
const DETOUR = 'r5-r3'
const SECONDS = 6

describe('the path', () => {
  const options = { links: TWO_WAYS, impaired: [LINK, DETOUR] }
  scenario('changes in the middle of a run, and back again', options, async (lab) => {
    const reflectors = await startReflectors(lab)
    const subnet = lab.address('dc1').ipv4.replace(/\d+$/, '0/24')
    const routeVia = (next: 'r2' | 'r4') =>
      lab.ip('r1', `route replace ${subnet} via ${lab.address(next, 'r1').ipv4} dev ${next}`)
    const story = await tell(lab, {
      ...{ reflectors, seconds: SECONDS, calls: 2 },
      impair: { [LINK]: [{ delayMs: 10 }], [DETOUR]: [{ delayMs: 45 }] },
      meanwhile: async () => {
        await voicePassed(lab, (2 * 2 * 2 * 50 * SECONDS) / 3)
        routeVia('r4')
        await voicePassed(lab, 60, DETOUR)
        routeVia('r2')
      },
    })
    const [short, long] = [LINK, DETOUR].map((link) => story.truth('out', 'primary', link))
    const { out, back } = story.stream('primary').legs
    expect([short!.lost, long!.lost, story.truth('back').lost]).toEqual([0, 0, 0])
    expect(long!.sent).toBeGreaterThan(50)
    const reordered = overtaken(story)
    expect(reordered).toBeGreaterThan(0)
    const sent = short!.sent + long!.sent
    expect(out.loss).toMatchObject({ expected: sent, received: sent, lost: 0, reordered })
    expect(story.counted('primary').out).toBe(sent)

    // r1, r2, the impairment router and r3 each take one; the detour has one router more.
    const ttl = [
      { value: 59, packets: long!.sent },
      { value: 60, packets: short!.sent },
    ]
    expect(out.ttl.seen.toSorted((a, b) => a.value - b.value)).toEqual(ttl)
    expect(back.ttl.seen).toHaveLength(1)

    const step = long!.delayMs.p50 - short!.delayMs.min
    const { p95 } = out.delay!.aboveMinimum
    expect(Math.abs(p95 - step)).toBeLessThanOrEqual(TOLERANCE.delayMs)
    expect(back.delay!.aboveMinimum.p95).toBeLessThan(5)
    expectLossExact(story, 'secondary')
    for (const leg of LEGS) expect(story.verdict('VRN-3', leg)).toBe('pass within-limit')
    const ttls = ttl.map(({ value, packets }) => `${packets} with TTL ${value}`).join(', ')
    const extra = {
      truth: `${long!.sent} more by the detour; ${reordered} reordered; ${ttls}`,
      said: ttls,
    }
    note('path change, 10 to 45 ms and back', story, 'out primary VRN-3', extra)
  })
})

describe('an MTU black hole', () => {
  const story = sharedLab()

  story('of 1300 bytes swallows large packets in silence, and no voice', async ({ lab, tell }) => {
    const seen = await tell({
      ...{ seconds: 3, calls: 2, impair: { [LINK]: [{ mtu: { bytes: 1300 } }] } },
      meanwhile: async () => {
        const ping = ['ping', '-n', '-c', '2', '-i', '0.2', '-W', '1', '-M', 'do', '-s', '1400']
        const { ipv4 } = lab.address('dc1')
        expect((await lab.run('site', [...ping, ipv4], { mayFail: true })).code).toBe(1)
      },
    })
    const rest = seen.log().leg({ leg: 'out', rtp: false, fromMs: seen.fromMs })
    expect(rest.lostBy).toEqual({ mtu: 2 })
    for (const farEnd of FAR_END_NAMES) {
      expectLossExact(seen, farEnd)
      expect(seen.verdict('VRN-6', 'out', farEnd)).toBe('pass within-limit')
    }
    const truth = '2 of 2 pings of 1428 bytes vanished'
    note('MTU black hole above voice', seen, 'out primary VRN-6', { truth })
  })

  const small = { match: { rtp: true, port: FAR_ENDS.secondary.port }, mtu: { bytes: 150 } }
  story('between the two codecs: G.711 vanishes on the way out', async ({ tell }) => {
    const seen = await tell({ seconds: 3, calls: 2, impair: { [LINK]: [small] } })
    const { sent, lost, lostBy } = seen.truth('out', 'secondary')
    expect([lost, lostBy]).toEqual([sent, { mtu: sent }])
    for (const farEnd of FAR_END_NAMES) expectLossExact(seen, farEnd)
    expect(seen.verdict('VRN-6', 'out', 'secondary')).toBe('fail over-limit')
    expect(seen.verdict('VRN-6', 'out', 'primary')).toBe('pass within-limit')
    note('MTU black hole of 150 bytes, G.711', seen, 'out secondary VRN-6')
  })

  story('between the two codecs: G.729 passes untouched', async ({ tell }) => {
    const seen = await tell({ seconds: 3, calls: 2, codec: 'g729', impair: { [LINK]: [small] } })
    for (const farEnd of FAR_END_NAMES) {
      expectLossExact(seen, farEnd)
      for (const leg of LEGS) expect(seen.verdict('VRN-6', leg, farEnd)).toBe('pass within-limit')
    }
    note('MTU black hole of 150 bytes, G.729', seen, 'out secondary VRN-6')
  })
})

/** Packets out that arrived behind one sent later, whichever way either took. */
function overtaken(story: Story): number {
  const arrivals = [LINK, DETOUR]
    .flatMap((link): readonly PacketTruth[] => story.log(link).select(story.selection('out')))
    .toSorted((a, b) => a.outNs! - b.outNs!)
  const newest = new Map<number, number>()
  return arrivals.filter(({ rtp, inNs }) => {
    const before = newest.get(rtp!.ssrc) ?? 0
    newest.set(rtp!.ssrc, Math.max(before, inNs))
    return inNs < before
  }).length
}
