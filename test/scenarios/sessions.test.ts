import { describe, expect } from 'vitest'
import { sharedLab } from './shared-lab.ts'
import { LINK, type Story, startReflector, VOICE_LINES, VOIP_READY } from './story.ts'
import { note } from './table.ts'
import { voicePassed } from './voice-passed.ts'
import { voicePackets, voiceTruth } from './voice-truth.ts'

const ONE = { farEnds: ['primary'], only: VOICE_LINES.filter((id) => id !== 'VRN-7') } as const
const LEGS = ['out', 'back'] as const
/** Two seconds of one call, both legs: by then the run is under way, however slowly it began. */
const UNDER_WAY = 200
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Everything adds up, on both legs, and nothing is negative (the schema refuses that). */
function expectSums(story: Story): void {
  for (const leg of LEGS) {
    const { expected, received, lost, unattributed } = story.stream().legs[leg].loss
    expect(received + lost + unattributed, leg).toBe(expected)
  }
}

/** No line convicts a network that did nothing. */
function expectNobodyConvicted(story: Story): void {
  const failed = story.result.judgement.findings.filter(({ verdict }) => verdict === 'fail')
  expect(failed.map(({ id, leg, detail }) => `${id} ${leg} ${detail}`)).toEqual([])
}

describe('sessions', () => {
  const story = sharedLab()

  story('a reflector is restarted in mid-run: a gap with its cause, and no loss', async (told) => {
    const { lab, reflectors } = told
    const seen = await told.tell({
      ...{ ...ONE, seconds: 9, impair: { [LINK]: [{ delayMs: 20 }] } },
      meanwhile: async () => {
        await voicePassed(lab, UNDER_WAY)
        await reflectors.children.get('primary')!.stop('SIGKILL')
        await pause(500)
        await startReflector(lab, 'primary', reflectors.keysFile).until(/listening on/)
      },
    })
    expect(seen.stream().gaps.map(({ cause }) => cause)).toEqual(['reflector-restart'])
    expectSums(seen)
    expect(seen.stream().legs.out.loss.lost).toBe(0)
    expect(voiceTruth(seen, 'out').lost).toBe(0)
    expect(seen.verdict('VRN-6', 'out')).not.toContain('host')
    expectNobodyConvicted(seen)
    note('reflector restarted', seen, 'out primary VRN-6')
  })

  story('the link is down for 12 s: exactly that is lost, and the session lives', async (told) => {
    const seen = await told.tell({
      ...{ ...ONE, seconds: 17 },
      meanwhile: async (lab) => {
        await voicePassed(lab, UNDER_WAY)
        const fromMs = Date.now()
        const outage = { outage: true, when: { fromMs, untilMs: fromMs + 12_000 } }
        await lab.router(LINK).impair([outage])
      },
    })
    for (const leg of LEGS) {
      const { expected, lost } = seen.stream().legs[leg].loss
      expect({ sent: expected, lost }, leg).toEqual(voiceTruth(seen, leg))
    }
    expect(voiceTruth(seen, 'out').lost).toBeGreaterThan(550)
    expect(seen.stream().gaps).toEqual([])
    expect(seen.verdict('VRN-6', 'out')).toBe('fail over-limit')
    note('outage of 12 s', seen, 'out primary VRN-6')
  })

  story(
    'NAT gives the agent another port in mid-run: a gap with its cause, and no loss',
    async (told) => {
      const { lab } = told
      const nat = (more: string, ports: string) =>
        lab.nft(
          'r1',
          `table ip nat {
          chain post { type nat hook postrouting priority 100; oifname "r2" ip protocol udp masquerade to :${ports}; }
          ${more} }`,
        )
      await nat('', '20000-20100')
      const seen = await told.tell({
        ...{ ...ONE, seconds: 8, impair: { [LINK]: [{ delayMs: 20 }] } },
        meanwhile: async () => {
          await voicePassed(lab, UNDER_WAY)
          // Another zone knows none of the connections: as after the loss of the whole table.
          const zone = 'chain pre { type filter hook prerouting priority -300; ct zone set 7; }'
          await nat(zone, '21000-21100')
        },
      })
      await lab.nft('r1', '')
      const ports = new Set(voicePackets(seen, 'out').map(({ sourcePort }) => sourcePort))
      expect([...ports].map((port) => Math.floor(port / 1000)).sort()).toEqual([20, 21])
      expect(seen.stream().gaps.map(({ cause }) => cause)).toEqual(['nat-moved'])
      expectSums(seen)
      expect(seen.stream().legs.out.loss.lost).toBe(0)
      expectNobodyConvicted(seen)
      note('NAT rebinding', seen, 'out primary VRN-6')
    },
  )

  story('the access key is revoked in mid-run: refused by name', async (told) => {
    const { lab, reflectors } = told
    const seen = await told.tell({
      ...{ ...ONE, seconds: 8 },
      meanwhile: async () => {
        await voicePassed(lab, UNDER_WAY)
        const revoke = ['reflector', 'keys', 'revoke', 'lab', '--keys', reflectors.keysFile]
        await lab.run('dc1', [...VOIP_READY, ...revoke])
      },
    })
    expect(seen.result.farEnds).toMatchObject([{ state: 'refused', detail: 'revoked-key' }])
    expect(seen.stream().gaps.map(({ cause }) => cause)).toEqual(['refused'])
    expectSums(seen)
    expectNobodyConvicted(seen)
    note('key revoked', seen, 'out primary VRN-6')
  })

  story(
    'a key that nobody gave out meets silence, and nothing is said of the network',
    async (told) => {
      const reflectors = {
        ...told.reflectors,
        key: 'lab:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
      }
      const { tell } = await import('./story.ts')
      const seen = await tell(told.lab, { ...ONE, reflectors, seconds: 3 })
      expect(seen.result.farEnds).toMatchObject([{ state: 'opening' }])
      expect(seen.verdict('VRN-6', 'out')).toBe('inconclusive no-reply')
      expectNobodyConvicted(seen)
      const answers = seen.log().select({ ...seen.selection('back'), rtp: 'any' })
      expect(answers).toEqual([])
      note('wrong key', seen, 'out primary VRN-6')
    },
  )
})

describe('ends', () => {
  const story = sharedLab()

  story('replies beyond the drain are not waited for, and are counted once', async ({ tell }) => {
    const late = { leg: 'back', match: { rtp: true }, delayMs: 4000 } as const
    const fromMs = Date.now() + 4500
    const rules = [{ ...late, when: { fromMs } }, { delayMs: 10 }]
    const seen = await tell({ ...ONE, seconds: 6, impair: { [LINK]: rules } })
    expectSums(seen)
    const { out, back } = seen.stream().legs
    expect([out.loss.lost, out.loss.unattributed]).toEqual([0, 0])
    expect(back.loss.lost).toBeGreaterThan(0)
    expect(back.loss.expected).toBe(voiceTruth(seen, 'back').sent)
    const { sent } = voiceTruth(seen, 'out')
    expect(out.loss.expected).toBe(sent)
    note('replies beyond the drain', seen, 'back primary VRN-6')
  })

  story(
    'a reflector is killed and never comes back: nobody is convicted of its death',
    async (told) => {
      const seen = await told.tell({
        ...{ ...ONE, seconds: 8 },
        meanwhile: async () => {
          await voicePassed(told.lab, UNDER_WAY)
          await told.reflectors.children.get('primary')!.stop('SIGKILL')
        },
      })
      expectSums(seen)
      expect(voiceTruth(seen, 'out').lost).toBe(0)
      expectNobodyConvicted(seen)
      note('reflector killed', seen, 'out primary VRN-6')
    },
  )
})
