import { expect, test } from 'vitest'
import type { Reply } from '../../../agent/enrol/exchange.ts'
import { makeLog } from '../../../agent/log.ts'
import { askForWork } from '../../../agent/runs/ask-for-work.ts'
import type { RunTaker } from '../../../agent/runs/run-taker.ts'

/** An agent at nothing: what it runs is not asked about here. */
const idle: Pick<RunTaker, 'busy' | 'untilFree' | 'onChange' | 'close'> = {
  busy: undefined,
  untilFree: async () => undefined,
  onChange: () => undefined,
  close: async () => undefined,
}

interface Step {
  /** Seconds until a record needs the connection; null: none is due. */
  readonly free: number | null
  readonly reply: Reply
}

/** For how many seconds each question asks to wait; each is answered after 40 s. */
async function waits(steps: readonly Step[], spreads: number[] = []): Promise<(string | null)[]> {
  const stopping = new AbortController()
  const asked: (string | null)[] = []
  let nowMs = 0
  await askForWork({
    client: {
      ask: async ({ path }) => {
        asked.push(new URLSearchParams(path.split('?')[1]).get('wait'))
        nowMs += 40_000
        const { reply } = steps[asked.length - 1] as Step
        if (asked.length === steps.length) stopping.abort()
        return reply
      },
    },
    runs: idle as RunTaker,
    farEnds: { now: () => ({ silent: [], heard: 2 }), onChange: () => undefined },
    news: { logSize: () => 0, hear: () => undefined },
    rhythm: {
      freeSeconds: () => steps[asked.length]?.free ?? null,
      untilQuiet: async () => undefined,
      set spreadMs(ms: number) {
        spreads.push(ms)
      },
    },
    plan: null,
    log: makeLog('lines', () => undefined, Date.now),
    stop: stopping.signal,
    nowMs: () => nowMs,
    random: () => 0,
  })
  return asked
}

const none = (more: object): Reply => ({
  ...{ status: 200, headers: {} },
  body: JSON.stringify({ work: 'none', news: { pins: [], log: null }, ...more }),
})
const newer = none({ mayWaitSeconds: 60 })
const older = none({})

test('a question waits until a record is due, and no longer than its collector lets it', async () => {
  const steps = [
    { free: null, reply: newer },
    { free: 59, reply: newer },
    { free: 20, reply: newer },
    { free: null, reply: older },
    { free: 59, reply: older },
  ]
  expect(await waits(steps)).toEqual(['0', '59', '20', '50', '50'])
})

test('what the collector says of its fleet with an answer is heeded, and nothing said changes nothing', async () => {
  const spreads: number[] = []
  const steps = [9, undefined, 0, 'much'].map((spreadSeconds) => ({
    ...{ free: null, reply: none({ spreadSeconds }) },
  }))
  await waits(steps, spreads)
  expect(spreads).toEqual([9000, 0])
})

test('where somebody between cuts it, the next one is shorter', async () => {
  const cut: Reply = { status: 504, headers: {}, body: '' }
  const steps = [
    { free: null, reply: newer },
    { free: 59, reply: cut },
    { free: 59, reply: newer },
    { free: 59, reply: newer },
  ]
  // After the cut nobody knows which collector it will be.
  expect(await waits(steps)).toEqual(['0', '59', '29', '29'])
})

test('what makes no sense of how long it may wait is as if nothing was said', async () => {
  const steps = [
    { free: 59, reply: none({ mayWaitSeconds: 'long' }) },
    { free: 59, reply: none({ mayWaitSeconds: 0 }) },
    { free: 59, reply: newer },
  ]
  expect(await waits(steps)).toEqual(['0', '50', '50'])
})
