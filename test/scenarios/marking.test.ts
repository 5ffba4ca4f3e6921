import { describe, expect } from 'vitest'
import { expectDelayNear, expectLossExact, FAR_END_NAMES } from './agreement.ts'
import { sharedLab } from './shared-lab.ts'
import { FAR_ENDS, LINK } from './story.ts'
import { note } from './table.ts'
import { voicePassed } from './voice-passed.ts'

/** r2 takes the mark off what it sends on towards the primary, and counts it. */
const BLEACH = `table ip bleach {
  chain c {
    type filter hook postrouting priority 0;
    udp dport ${FAR_ENDS.primary.port} ip dscp ef counter ip dscp set cs0
  }
}`

describe('marking', () => {
  const story = sharedLab()

  story('EF is bleached at r2 on the way out, and becomes AF11 on the way back', async (told) => {
    const { lab, tell } = told
    await lab.nft('r2', BLEACH)
    const rule = { leg: 'back', match: { port: FAR_ENDS.secondary.port }, dscp: 10 } as const
    const seen = await tell({ seconds: 4, calls: 2, impair: { [LINK]: [rule] } })
    const counted = (await lab.run('r2', ['nft', 'list', 'ruleset'])).stdout
    await lab.nft('r2', '')
    const bleached = Number(/counter packets (\d+)/.exec(counted)?.[1])
    const { sent, dscpOut } = seen.truth('out', 'primary')
    // The control voice is marked, and bleached, as well.
    expect(bleached).toBeGreaterThanOrEqual(sent)
    expect(dscpOut).toEqual(new Map([[0, sent]]))
    const back = seen.truth('back', 'secondary')
    expect(back.dscpOut).toEqual(new Map([[10, back.sent]]))

    expect(seen.stream('primary').legs.out.tos.seen).toEqual([{ value: 0, packets: sent }])
    expect(seen.stream('secondary').legs.back.tos.seen).toEqual([
      { value: 10 << 2, packets: back.sent },
    ])
    expect(seen.verdict('VRN-5', 'out', 'primary')).toBe('fail mark-changed')
    expect(seen.finding('VRN-5', 'out', 'primary').value).toBe(0)
    expect(seen.verdict('VRN-5', 'back', 'primary')).toBe('pass mark-arrived')
    expect(seen.verdict('VRN-5', 'out', 'secondary')).toBe('pass mark-arrived')
    expect(seen.verdict('VRN-5', 'back', 'secondary')).toBe('fail mark-changed')
    expect(seen.finding('VRN-5', 'back', 'secondary').value).toBe(10)
    for (const farEnd of FAR_END_NAMES) expectLossExact(seen, farEnd)
    expect(seen.exit).toBe(1)
    note('EF bleached at r2', seen, 'out primary VRN-5')
    note('EF to AF11', seen, 'back secondary VRN-5')
  })

  story(
    'EF is remarked in the middle of the run: it fails, and every mark is counted',
    async ({ tell }) => {
      const voice = { rtp: true, port: FAR_ENDS.primary.port } as const
      let changedAt = 0
      const seen = await tell({
        ...{ seconds: 4, calls: 2 },
        meanwhile: async (lab) => {
          await voicePassed(lab, 400)
          const rule = { leg: 'out', match: voice, dscp: 34 } as const
          changedAt = await lab.router(LINK).impair([rule])
        },
      })
      expect(changedAt).toBeGreaterThan(0)
      const { dscpOut } = seen.truth('out')
      expect([...dscpOut.keys()].sort()).toEqual([34, 46])
      const said = seen.stream().legs.out.tos.seen.map((o) => [o.value >> 2, o.packets] as const)
      expect(new Map(said)).toEqual(dscpOut)
      expect(seen.verdict('VRN-5', 'out')).toBe('fail mark-changed')
      expect(seen.verdict('VRN-5', 'back')).toBe('pass mark-arrived')
      const words = (marks: Iterable<readonly [number, number]>) =>
        [...marks].map(([dscp, packets]) => `${packets} with DSCP ${dscp}`).join(', ')
      const extra = { truth: words(dscpOut), said: words(said) }
      note('EF remarked in the middle of the run', seen, 'out primary VRN-5', extra)
    },
  )

  story('EF arrives as EF but fares no better: the delay is what fails', async ({ lab, tell }) => {
    const rules = [
      { leg: 'out', match: { dscp: 46, port: FAR_ENDS.secondary.port }, delayMs: 40 },
      // Well beyond twice the limit: a host that is loaded excuses some tens of milliseconds.
      { leg: 'out', match: { dscp: 46 }, delayMs: 400 },
      { leg: 'out', delayMs: 400 },
    ] as const
    const seen = await tell({ seconds: 4, calls: 2, impair: { [LINK]: rules } })
    for (const farEnd of FAR_END_NAMES) {
      expectLossExact(seen, farEnd)
      await expectDelayNear(lab, seen, farEnd)
      expect(seen.verdict('VRN-5', 'out', farEnd)).toBe('pass mark-arrived')
    }
    // Both clocks are free, so which leg took the 400 ms cannot be told, but that one did can.
    expect(seen.verdict('VRN-3', 'either', 'primary')).toBe('fail rtt-proves-fail')
    expect(seen.verdict('VRN-3', 'out', 'secondary')).toBe('pass within-limit')
    note('EF kept, best-effort delay', seen, 'out primary VRN-5')
    note('EF kept, priority delay', seen, 'out secondary VRN-3')
  })
})
