import { describe, expect } from 'vitest'
import type { FarEndName } from '../../shared/profile/site.ts'
import { expectLossExact, LEGS } from './agreement.ts'
import { sharedLab } from './shared-lab.ts'
import { FAR_ENDS, LINK, type Story, VOICE_LINES } from './story.ts'
import { note } from './table.ts'

const toward = (farEnd: FarEndName) => ({ port: FAR_ENDS[farEnd].port })
const LINES = VOICE_LINES.filter((id) => id !== 'VRN-7')

/** Every voice line of a far end says the same. */
function expectAll(story: Story, farEnd: FarEndName, verdict: RegExp): void {
  for (const id of LINES) {
    for (const leg of LEGS) expect(story.verdict(id, leg, farEnd), `${id} ${leg}`).toMatch(verdict)
  }
}

const failing = (story: Story) =>
  story.result.judgement.findings.filter(({ verdict }) => verdict === 'fail')

describe('a far end that does not answer, or answers badly', () => {
  const story = sharedLab()

  story('one data centre is silent: nothing is said of it, and CANNOT SAY', async ({ tell }) => {
    const rule = { match: toward('secondary'), outage: true }
    const seen = await tell({ seconds: 3, calls: 2, only: LINES, impair: { [LINK]: [rule] } })
    const { lost, sent } = seen.log().leg({ ...seen.selection('out', 'secondary'), rtp: 'any' })
    expect(sent).toBeGreaterThan(0)
    expect(lost).toBe(sent)
    expectAll(seen, 'primary', /^pass /)
    expectAll(seen, 'secondary', /^inconclusive no-reply$/)
    expect(failing(seen)).toEqual([])
    expect([seen.result.judgement.overall, seen.exit]).toEqual(['CANNOT SAY', 2])
    const truth = `all ${sent} packets to it vanished`
    note('one far end silent', seen, 'out secondary VRN-6', { truth })
  })

  story('voice vanishes after the session opened: that is loss, and it fails', async ({ tell }) => {
    const rule = { leg: 'out', match: { ...toward('secondary'), rtp: true }, outage: true } as const
    const seen = await tell({ seconds: 3, calls: 2, only: LINES, impair: { [LINK]: [rule] } })
    expectLossExact(seen, 'secondary')
    const { sent, lost } = seen.truth('out', 'secondary')
    expect([sent, lost]).toEqual([300, 300])
    expectAll(seen, 'primary', /^pass /)
    expect(seen.verdict('VRN-6', 'out', 'secondary')).toBe('fail over-limit')
    note('control passes, voice is dropped', seen, 'out secondary VRN-6')
  })

  story('nobody listens: ICMP says so, and the check does not wait for a verdict', async (told) => {
    await told.reflectors.children.get('secondary')!.stop()
    const seen = await told.tell({ seconds: 3, calls: 2, only: LINES })
    const icmp = seen.log().select({ leg: 'back', rtp: false, fromMs: seen.fromMs })
    const unreachable = icmp.filter(({ protocol }) => protocol === 1).length
    expect(unreachable).toBeGreaterThan(0)
    expectAll(seen, 'primary', /^pass /)
    expectAll(seen, 'secondary', /^inconclusive no-reply$/)
    expect([seen.result.judgement.overall, seen.exit]).toEqual(['CANNOT SAY', 2])
    const truth = `${unreachable} times port unreachable`
    note('one far end unreachable', seen, 'out secondary VRN-6', { truth })
  })

  story('neither far end answers: an error of the environment, not a verdict', async ({ tell }) => {
    const seen = await tell({ seconds: 2, only: LINES, impair: { [LINK]: [{ outage: true }] } })
    for (const farEnd of ['primary', 'secondary'] as const)
      expectAll(seen, farEnd, /^inconclusive no-reply$/)
    expect([seen.result.judgement.overall, seen.exit]).toEqual(['CANNOT SAY', 4])
    note('both far ends silent', seen, 'out primary VRN-6')
  })
})

describe('one data centre good, the other bad', () => {
  const story = sharedLab()

  story('is NOT READY, and every failing line names the bad one', async ({ tell }) => {
    const loss = { kind: 'random', ratio: 0.06 } as const
    const rules = [
      { match: { ...toward('secondary'), rtp: true }, delayMs: 180, loss },
      { delayMs: 12 },
    ]
    const seen = await tell({ seconds: 5, calls: 4, only: LINES, impair: { [LINK]: rules } })
    expectLossExact(seen, 'primary')
    expectLossExact(seen, 'secondary')
    expectAll(seen, 'primary', /^pass /)
    expect(failing(seen).map(({ id, leg, farEnd }) => `${id} ${leg} ${farEnd}`)).toEqual([
      'VRN-3 either secondary',
      'VRN-6 out secondary',
      'VRN-6 back secondary',
    ])
    expect([seen.result.judgement.overall, seen.exit]).toEqual(['NOT READY', 1])
    note('one far end bad, the other good', seen, 'out secondary VRN-6')
    note('one far end bad, the other good', seen, 'out primary VRN-6')
  })
})
