import { expect, test } from 'vitest'
import { makeLog } from '../../../agent/log.ts'
import { askForWork } from '../../../agent/runs/ask-for-work.ts'
import type { RunTaker } from '../../../agent/runs/run-taker.ts'
import type { SignedClient } from '../../../agent/uplink/signed-client.ts'

/** An agent at nothing: what it runs is not asked about here. */
const idle: Pick<RunTaker, 'busy' | 'untilFree' | 'onChange' | 'close'> = {
  busy: undefined,
  untilFree: async () => undefined,
  onChange: () => undefined,
  close: async () => undefined,
}

/** What is asked of a collector that answers so, one question after the other. */
async function askedOf(answer: (query: URLSearchParams, nth: number) => number, times: number) {
  const stopping = new AbortController()
  const asked: URLSearchParams[] = []
  const client: Pick<SignedClient, 'ask'> = {
    ask: async ({ path }) => {
      const query = new URLSearchParams(path.split('?')[1])
      asked.push(query)
      if (asked.length === times) stopping.abort()
      const status = answer(query, asked.length)
      if (status === 0) throw new Error('connect ECONNREFUSED')
      return { status, headers: {}, body: '' }
    },
  }
  await askForWork({
    client,
    runs: idle as RunTaker,
    farEnds: {
      now: () => ({ silent: [{ farEnd: 'primary', seconds: 12 }], heard: 1 }),
      onChange: () => undefined,
    },
    news: { logSize: () => 7, hear: () => undefined },
    spread: { overMs: 0 },
    plan: null,
    log: makeLog('lines', () => undefined, Date.now),
    stop: stopping.signal,
    nowMs: Date.now,
    random: () => 0,
  })
  return asked.map((query) => [
    ...[query.get('news'), query.get('heard'), query.get('primarySilent')],
  ])
}

const older = (query: URLSearchParams) => (query.has('heard') ? 400 : 204)
const told = ['7', '1', '12']
const withoutNews = [null, '1', '12']
const untold = [null, null, null]

test('a collector that is older than signs of life is asked for work without them', async () => {
  expect(await askedOf(older, 4)).toEqual([told, withoutNews, untold, untold])
})

test('one that was updated meanwhile is told of far ends again', async () => {
  const answer = (query: URLSearchParams, nth: number) => {
    if (nth === 4) return 0
    return nth < 4 ? older(query) : 204
  }
  expect(await askedOf(answer, 6)).toEqual([told, withoutNews, untold, untold, told, told])
})

test('one that knows signs of life and no news is told of far ends', async () => {
  const answer = (query: URLSearchParams) => (query.has('news') ? 400 : 204)
  expect(await askedOf(answer, 3)).toEqual([told, withoutNews, withoutNews])
})
