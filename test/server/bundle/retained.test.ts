import { expect, test } from 'vitest'
import { Keeper } from '../../../server/history/keeper.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import { JUDGING_RULES } from '../../../shared/verdict/rules.ts'
import { KEYS } from '../../support/evidence-world.ts'
import type { TestCollector } from '../support/collector.ts'
import { MINUTE, START } from '../support/fixtures.ts'
import { filled } from '../support/logged-world.ts'

const DAY = 86_400_000
const KEEP = { recordsMs: 100 * DAY, historyMs: 1095 * DAY }

async function bundleOf({ app }: TestCollector, from: number, to: number) {
  const time = (minute: number) => new Date(START + minute * MINUTE).toISOString()
  const url = `/api/v1/sites/leeds/bundle?from=${time(from)}&to=${time(to)}`
  const headers = { host: '127.0.0.1:8460' }
  const { statusCode, rawPayload: bytes } = await app.inject({ method: 'GET', url, headers })
  expect(statusCode).toBe(200)
  const opened = openBundleFile(bytes)
  if (!opened.ok) throw new Error(opened.error)
  const found = await verifyBundle({ lines: opened.value.lines, tools: nodeTools, keys: KEYS })
  return { bytes, found }
}

/** A verdict on fifteen records of a quarter hour, entered late. */
const verdictOf = ({ profileSha256 }: TestCollector, minute: number) => ({
  ...{ kind: 'verdict' as const, site: 'leeds', records: 15, profileSha256, rules: JUDGING_RULES },
  ...{ from: START + minute * MINUTE, to: START + (minute + 15) * MINUTE },
  ...{ overall: 'CANNOT SAY' as const, findingsSha256: 'b'.repeat(64) },
})

/** Everything is rolled up, and what is too old by then is removed. Gives the minutes that stay. */
async function grownOld(
  { store, clock }: TestCollector,
  nowMs = START + 101 * DAY,
): Promise<number[]> {
  const { history } = store
  await history.settle('test', await history.claim('test', START + 2 * DAY, 60_000, 1000))
  clock.nowMs = nowMs
  const keeper = new Keeper({
    ...{ book: history, keep: KEEP, nowMs: () => clock.nowMs, onRemoved: () => {} },
  })
  while ((await keeper.turn()) > 0);
  const kept = await store.between('leeds', START, START + DAY, 1000)
  return kept.map(({ sequence }) => sequence - 1)
}

/** From one minute up to another one. */
const minutes = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)

test('a pinned time is the same bundle after its records were due to go; beside it they are missed, not silent', async () => {
  const collector = await filled(61)
  await collector.enter(verdictOf(collector, 15))
  const pin = { id: 'p', site: 'leeds', why: 'outage', by: 'test', releasedMs: null }
  const [fromMs, toMs] = [START + 30 * MINUTE, START + 45 * MINUTE]
  await collector.store.history.putPin({ ...pin, enteredMs: START, fromMs, toMs })
  const before = await bundleOf(collector, 30, 45)
  expect(before.found.items).toEqual([])
  expect(before.found.intervals[0]?.proven).toContain(
    'by its signed chain leeds-1 left out no record',
  )
  // Those of the pin, six on either side of it, and the agent's newest.
  expect(await grownOld(collector)).toEqual([...minutes(24, 51), 60])

  const after = await bundleOf(collector, 30, 45)
  expect(after.found.items).toEqual([])
  expect(after.found).toMatchObject({ records: 15, valid: true, complete: true })
  expect(after.found.intervals).toEqual(before.found.intervals)

  // Six of its minutes stay for the pin beside it: what they come to is not what was judged.
  const beside = await bundleOf(collector, 15, 30)
  expect(beside.found).toMatchObject({ records: 6, valid: true, complete: false })
  expect(beside.found.items).toMatchObject([{ severity: 'missing', code: 'records-gone' }])
  expect(beside.found.items[0]?.what).toContain('on 15 records; they give CANNOT SAY on 6')
  const gone = await bundleOf(collector, 0, 15)
  expect(gone.found).toMatchObject({ records: 0, valid: true, complete: false })
  expect(gone.found.items).toMatchObject([{ severity: 'missing', code: 'silence-unsaid' }])
})

test('records go by whole quarter hours', async () => {
  const collector = await filled(46)
  const nowMs = START + 29 * MINUTE + KEEP.recordsMs
  expect(await grownOld(collector, nowMs)).toEqual(minutes(15, 46))
  expect((await bundleOf(collector, 15, 30)).found).toMatchObject({ records: 15, valid: true })
})

test('records that were judged and then removed are told by the log, and are no silence', async () => {
  const collector = await filled(46)
  await collector.enter(verdictOf(collector, 0))
  await grownOld(collector)
  const { found } = await bundleOf(collector, 0, 15)
  expect(found).toMatchObject({ records: 0, valid: true, complete: false })
  const codes = found.items.map(({ severity, code }) => `${severity} ${code}`)
  expect(codes).toContain('missing records-gone')
  expect(found.intervals[0]?.missing[0]).toContain('15 were judged: removed since, or withheld')
})
