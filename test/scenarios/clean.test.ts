import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { labObstacle, labTest } from '../lab/scenario.ts'
import { createLab, type Lab } from '../lab/topology.ts'
import { expectDelayNear, expectLossExact, FAR_END_NAMES, LEGS } from './agreement.ts'
import { addressOf, LINK, startReflectors, tell, VOICE_LINES } from './story.ts'
import { note } from './table.ts'

describe('a clean MPLS path', () => {
  let lab: Lab
  beforeAll(async () => {
    if (labObstacle() === undefined) lab = await createLab({ impaired: [LINK] })
  })
  afterAll(async () => await lab?.destroy())

  labTest('carries the busy hour in G.711 to both data centres: READY', async () => {
    const reflectors = await startReflectors(lab)
    const siteFile = lab.file('site.yaml')
    const far = (name: 'primary' | 'secondary') => {
      const [reflector, port] = addressOf(lab, name).split(':')
      return `  ${name}: { reflector: "${reflector}", port: ${port}, key: "${reflectors.key}" }`
    }
    const head = ['format: voip-ready/site/1', 'site: lab', 'profile: pureconnect-rcm']
    const lines = [...head, 'peakCalls: 10', 'farEnds:', far('primary'), far('secondary')]
    writeFileSync(siteFile, `${lines.join('\n')}\n`)
    const story = await tell(lab, {
      ...{ reflectors, siteFile, seconds: 5, calls: 10 },
      impair: { [LINK]: [{ delayMs: 15 }] },
    })
    for (const farEnd of FAR_END_NAMES) {
      expectLossExact(story, farEnd)
      await expectDelayNear(lab, story, farEnd)
      for (const leg of LEGS) {
        const said = VOICE_LINES.map((id) => story.verdict(id, leg, farEnd))
        expect(said).toEqual([
          ...['pass within-limit', 'pass within-limit', 'pass mark-arrived'],
          ...['pass within-limit', 'pass within-limit'],
        ])
      }
    }
    expect([story.result.judgement.overall, story.exit]).toEqual(['READY', 0])
    note('clean MPLS, G.711 over IPv4, 10 calls', story, 'out primary VRN-7')
  })

  labTest('measures G.729 over IPv6 as exactly', async () => {
    const reflectors = await startReflectors(lab, 6)
    const story = await tell(lab, {
      ...{ reflectors, seconds: 4, calls: 4, codec: 'g729' },
      impair: { [LINK]: [{ leg: 'out', delayMs: 15 }, { delayMs: 25 }] },
    })
    for (const farEnd of FAR_END_NAMES) {
      expectLossExact(story, farEnd)
      await expectDelayNear(lab, story, farEnd)
      const rtp = story.log().select(story.selection('out', farEnd))
      // IPv6, UDP and RTP headers, and 20 bytes of voice.
      expect(new Set(rtp.map(({ ip, length }) => `${ip}/${length}`))).toEqual(new Set(['6/80']))
      expect(story.verdict('VRN-3', 'back', farEnd)).toBe('pass within-limit')
      expect(story.verdict('VRN-5', 'out', farEnd)).toBe('pass mark-arrived')
    }
    // Without the calls of the busy hour VRN-7 cannot be said.
    expect([story.result.judgement.overall, story.exit]).toEqual(['CANNOT SAY', 2])
    note('clean MPLS, G.729 over IPv6', story, 'back secondary VRN-3')
  })
})
