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

interface Asked {
  readonly waits: (string | null)[]
  readonly spreads: number[]
}

/** What is asked of a collector that answers so, each question after 40 s. */
async function askedOf(replies: readonly Reply[]): Promise<Asked> {
  const stopping = new AbortController()
  const asked: Asked = { waits: [], spreads: [] }
  let nowMs = 0
  await askForWork({
    client: {
      ask: async ({ path }) => {
        asked.waits.push(new URLSearchParams(path.split('?')[1]).get('wait'))
        nowMs += 40_000
        if (asked.waits.length === replies.length) stopping.abort()
        return replies[asked.waits.length - 1] as Reply
      },
    },
    runs: idle as RunTaker,
    farEnds: { now: () => ({ silent: [], heard: 2 }), onChange: () => undefined },
    news: { logSize: () => 0, hear: () => undefined },
    spread: {
      set overMs(ms: number) {
        asked.spreads.push(ms)
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

test('the first question is answered at once, for what it tells; the next ones wait', async () => {
  expect((await askedOf([none({}), none({}), none({})])).waits).toEqual(['0', '50', '50'])
})

test('what the collector says of its fleet is heeded, and nothing said changes nothing', async () => {
  const replies = [9, undefined, 0, 'much'].map((spreadSeconds) => none({ spreadSeconds }))
  expect((await askedOf([...replies, none({})])).spreads).toEqual([9000, 0])
})

test('where somebody between cuts a question, the next ones are shorter', async () => {
  const cut: Reply = { status: 504, headers: {}, body: '' }
  const replies = [none({}), none({}), cut, none({}), none({})]
  expect((await askedOf(replies)).waits).toEqual(['0', '50', '50', '25', '25'])
})
