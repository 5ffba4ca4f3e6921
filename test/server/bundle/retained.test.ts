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

/** A hundred and one days later: everything is rolled up, and what is too old was removed. */
async function grownOld({ store, clock }: TestCollector): Promise<number> {
  const { history } = store
  await history.settle('test', await history.claim('test', START + 2 * DAY, 60_000, 1000))
  clock.nowMs = START + 101 * DAY
  let removed = 0
  const keeper = new Keeper({
    ...{ book: history, keep: KEEP, nowMs: () => clock.nowMs },
    onRemoved: ({ records }) => {
      removed += records
    },
  })
  while ((await keeper.turn()) > 0);
  return removed
}

test('a pinned time is the same bundle after its records were due to go; beside it they are missed, not silent', async () => {
  const collector = await filled(46)
  const pin = {
    id: 'p',
    site: 'leeds',
    why: 'outage',
    by: 'test',
    enteredMs: START,
    releasedMs: null,
  }
  const [fromMs, toMs] = [START + 15 * MINUTE, START + 30 * MINUTE]
  await collector.store.history.putPin({ ...pin, fromMs, toMs })
  const before = await bundleOf(collector, 15, 30)
  expect(before.found.items).toEqual([])
  expect(await grownOld(collector)).toBeGreaterThan(20)

  const after = await bundleOf(collector, 15, 30)
  expect(after.found.items).toEqual([])
  expect(after.found).toMatchObject({ records: 15, valid: true, complete: true })
  expect(after.found.intervals).toEqual(before.found.intervals)

  const beside = await bundleOf(collector, 0, 15)
  expect(beside.found).toMatchObject({ records: 0, valid: true, complete: false })
  expect(beside.found.items).toMatchObject([{ severity: 'missing', code: 'silence-unsaid' }])
})

test('records that were judged and then removed are told by the log, and are no silence', async () => {
  const collector = await filled(46)
  const { profileSha256, enter } = collector
  await enter({
    ...{ kind: 'verdict', site: 'leeds', from: START, to: START + 15 * MINUTE, records: 15 },
    ...{
      overall: 'CANNOT SAY',
      profileSha256,
      findingsSha256: 'b'.repeat(64),
      rules: JUDGING_RULES,
    },
  })
  await grownOld(collector)
  const { found } = await bundleOf(collector, 0, 15)
  expect(found).toMatchObject({ records: 0, valid: true, complete: false })
  const codes = found.items.map(({ severity, code }) => `${severity} ${code}`)
  expect(codes).toContain('missing records-gone')
  expect(found.intervals[0]?.missing[0]).toContain('15 were judged: removed since, or withheld')
})
