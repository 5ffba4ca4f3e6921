import { expect, test } from 'vitest'
import type { LedgerState } from '../../../server/ledger/ledger.ts'
import { NewsDesk, type NewsParts } from '../../../server/runs/news-desk.ts'

const HASH = new Uint8Array(32)

/** A desk over a log of 20 leaves and one pinned site; `asked` says what it asked the store. */
function deskOf(change: { readonly fails?: boolean; readonly ledger?: null } = {}) {
  const asked: string[] = []
  const clock = { nowMs: 0 }
  const state = { logId: 'l', checkpoint: { note: 'head', size: 20 } } as LedgerState
  const pin = { site: 'leeds', id: 'p', why: 'a', by: 'b', enteredMs: 0 }
  const ledger = {
    state: async () => {
      asked.push('state')
      return state
    },
    book: {
      consistency: async (_: string, from: number, to: number) => {
        asked.push(`proof ${from} ${to}`)
        if (change.fails === true) throw new Error('no database')
        return [HASH]
      },
    },
  } as unknown as NonNullable<NewsParts['ledger']>
  const desk = new NewsDesk({
    ledger: change.ledger === null ? null : ledger,
    history: {
      pinnedSites: async () => {
        asked.push('pinned')
        return ['leeds']
      },
      pins: async (site) => {
        asked.push(`pins ${site}`)
        return [
          { ...pin, fromMs: 1, toMs: 2, releasedMs: 3 },
          { ...pin, fromMs: 5, toMs: 6, releasedMs: null },
        ]
      },
    },
    monotonicMs: () => clock.nowMs,
  })
  return { desk, asked, clock }
}

test('many agents of one size cost one proof, and only a pinned site is asked about', async () => {
  const { desk, asked, clock } = deskOf()
  const sites = ['york', 'hull', 'leeds']
  const [york, , leeds] = await Promise.all(sites.map((site) => desk.of(site, 7)))
  const hashes = [Buffer.from(HASH).toString('base64')]
  const log = { checkpoint: 'head', proof: { from: 7, to: 20, hashes } }
  expect(york).toEqual({ pins: [], log })
  expect(leeds).toEqual({ pins: [{ from: 5, to: 6 }], log })
  expect(asked.sort()).toEqual(['pinned', 'pins leeds', 'proof 7 20', 'state'])
  clock.nowMs = 6000
  await desk.of('york', 7)
  expect(asked.filter((one) => one === 'state')).toHaveLength(2)
  expect(asked.filter((one) => one.startsWith('proof'))).toHaveLength(1)
})

test.each([
  ['that holds none', 0],
  ['that holds this head', 20],
  ['that holds more than there is', 21],
])('an agent %s is told the head without a proof', async (_, size) => {
  const { desk } = deskOf()
  expect(await desk.of('york', size)).toEqual({
    pins: [],
    log: { checkpoint: 'head', proof: null },
  })
})

test('a proof that is not to be had keeps nobody from the rest, and is asked for again', async () => {
  const { desk, asked } = deskOf({ fails: true })
  for (const _ of [1, 2])
    expect(await desk.of('york', 7)).toMatchObject({ log: { checkpoint: 'head', proof: null } })
  expect(asked.filter((one) => one === 'proof 7 20')).toHaveLength(2)
})

test('without a ledger there is no head', async () => {
  const { desk } = deskOf({ ledger: null })
  expect(await desk.of('york', 7)).toEqual({ pins: [], log: null })
})
