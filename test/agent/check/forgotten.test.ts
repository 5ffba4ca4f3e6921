import { expect, test } from 'vitest'
import { renderCheck } from '../../../agent/check/render.ts'
import { type FarEndState, runStreams } from '../../../agent/check/session.ts'
import { paintFor } from '../../../agent/cli/colour.ts'
import type {
  ClosedWindow,
  RunningStreams,
  StreamEvent,
  StreamPlan,
  StreamTarget,
} from '../../../agent/stream/types.ts'

const targetOf = (farEnd: StreamTarget['farEnd'], segment?: string) =>
  ({ farEnd, address: '192.0.2.1', port: 4000, ...(segment && { segment }) }) as StreamTarget
const TARGETS = [targetOf('primary'), targetOf('secondary'), targetOf('secondary', 'lan')]

/** What a run knows of its far ends when these windows had no receipt for these reasons. */
async function farEndsAfter(...causes: readonly ClosedWindow['evidence']['oneSided'][]) {
  const events: readonly StreamEvent[] = [
    ...(causes.map((oneSided, at) => {
      const evidence = { receipts: [], oneSided }
      return {
        type: 'window',
        window: { target: TARGETS[at], evidence } as unknown as ClosedWindow,
      }
    }) as StreamEvent[]),
    { type: 'state', farEnd: 'primary', state: 'open', detail: 'replies again' },
    { type: 'done' },
  ]
  const startStreams = (): RunningStreams => ({
    on: (listener) => events.forEach(listener),
    stop: () => Promise.resolve(),
  })
  const plan = { targets: TARGETS } as unknown as StreamPlan
  const { signal: stop } = new AbortController()
  return (await runStreams(plan, { startStreams, stop, onEvent: () => {} })).farEnds
}

function shown(farEnds: readonly FarEndState[]): string {
  const profile = { id: 'p', version: '1', sha256: 'a'.repeat(64) }
  const counts = { pass: 0, fail: 0, inconclusive: 0, 'not-tested': 0 }
  const judgement = { ...{ overall: 'CANNOT SAY', profile, from: 0, to: 1, counts }, findings: [] }
  return renderCheck(
    {
      ...{
        format: 'voip-ready/check/1',
        tool: { name: 'voip-ready', version: '0' },
        site: 'leeds',
      },
      ...{ stoppedEarly: false, exit: 2, capabilities: null, observations: [] },
      farEnds: farEnds.map((one) => ({ ...one })),
      judgement: { ...judgement, overall: 'CANNOT SAY', onlyLines: null },
    },
    { words: new Map(), paint: paintFor({ isTTY: false }, {}) },
  )
}

test('a check says which reflector had forgotten a part of it, and of no other', async () => {
  const [primary, secondary] = await farEndsAfter('forgotten', 'not-offered', 'forgotten')
  expect([primary?.forgotten, secondary?.forgotten]).toEqual([true, undefined])
  expect(primary).toMatchObject({ state: 'open', detail: 'replies again' })
  const text = shown([primary!, secondary!].map((one) => ({ ...one, state: 'open' })))
  expect(text).toMatch(/^primary: could not be asked in time/m)
  expect(text).not.toMatch(/^secondary: could not/m)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
})

test('a check says from where a far end answered, where that is not where it was asked', () => {
  const at = { farEnd: 'primary', address: '192.0.2.1', port: 4000, detail: '' } as const
  const answeredFrom = { address: '2001:db8::7', port: 4001 }
  const text = shown([{ ...at, state: 'opening', answeredFrom }]).replace(/\s+/g, ' ')
  expect(text).toContain('primary 192.0.2.1:4000 answered from [2001:db8::7]:4001: no such answer')
  expect(text).not.toContain('did not answer')
})
