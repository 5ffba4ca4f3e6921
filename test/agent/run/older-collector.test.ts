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

test('a collector that is older than signs of life is asked for work without them', async () => {
  const stopping = new AbortController()
  const asked: URLSearchParams[] = []
  const client: Pick<SignedClient, 'ask'> = {
    ask: async ({ path }) => {
      const query = new URLSearchParams(path.split('?')[1])
      asked.push(query)
      if (asked.length === 3) stopping.abort()
      return { status: query.has('heard') ? 400 : 204, headers: {}, body: '' }
    },
  }
  await askForWork({
    client,
    runs: idle as RunTaker,
    farEnds: {
      now: () => ({ silent: [{ farEnd: 'primary', seconds: 12 }], heard: 1 }),
      onChange: () => undefined,
    },
    plan: null,
    log: makeLog('lines', () => undefined, Date.now),
    stop: stopping.signal,
    nowMs: Date.now,
    random: () => 0,
  })
  expect(asked.map((query) => [query.get('heard'), query.get('primarySilent')])).toEqual([
    ['1', '12'],
    [null, null],
    [null, null],
  ])
})
