import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { loadProfile } from '../../../config/load.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import { packRawRows } from '../../../shared/measure/raw-rows-pack.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import { measureLimitsOf } from '../../../shared/profile/limits.ts'
import { KEYS, SIGNERS, sha256hex } from '../../support/evidence-world.ts'
import { recording } from '../../support/rows-world.ts'
import type { TestCollector } from '../support/collector.ts'
import { MINUTE, START } from '../support/fixtures.ts'
import { filled } from '../support/logged-world.ts'

async function bundleOf({ app }: TestCollector, query: string) {
  const url = `/api/v1/sites/leeds/bundle?${query}`
  const answer = await app.inject({ method: 'GET', url, headers: { host: '127.0.0.1:8460' } })
  return { bytes: answer.rawPayload }
}

const time = (from: number, to: number) =>
  `from=${new Date(START + from * MINUTE).toISOString()}&to=${new Date(START + to * MINUTE).toISOString()}`

async function verified(bytes: Uint8Array) {
  const opened = openBundleFile(bytes)
  if (!opened.ok) throw new Error(opened.error)
  return verifyBundle({ lines: opened.value.lines, tools: nodeTools, keys: KEYS })
}

test('a bundle with the raw rows that a pin holds is proven by them; released, they are gone', async () => {
  const { profile } = await loadProfile('pureconnect-rcm')
  const { change, halves } = recording(measureLimitsOf(profile))
  const collector = await filled(16, {}, SIGNERS.log, change)
  const { history } = collector.store
  const pin = { site: 'leeds', id: 'p1', fromMs: START + 2 * MINUTE, toMs: START + 6 * MINUTE }
  const more = { why: 'claim 7', by: 'test', enteredMs: START, releasedMs: null }
  await history.putPin({ ...pin, ...more })
  for (let minute = 2; minute < 6; minute++) {
    const bytes = halves.get(`${minute} primary`)?.agent ?? new Uint8Array()
    const body = deflateSync(packRawRows(bytes) ?? bytes)
    const from = START + minute * MINUTE
    const row = { site: 'leeds', sha256: sha256hex(bytes), agent: 'leeds-1', body }
    await history.putRawRows({ ...row, fromMs: from, toMs: from + MINUTE, storedMs: from })
  }
  const made = await bundleOf(collector, `${time(0, 15)}&rows=true`)
  const found = await verified(made.bytes)
  expect(found.items.filter(({ severity }) => severity !== 'note')).toEqual([])
  const here = found.rows?.filter((one) => one.agent === 'rows').map(({ from }) => from)
  expect(here).toEqual([2, 3, 4, 5].map((minute) => START + minute * MINUTE))
  expect(found.rows).toHaveLength(30)
  expect((await bundleOf(collector, `${time(0, 15)}&rows=true`)).bytes).toEqual(made.bytes)
  expect((await verified((await bundleOf(collector, time(0, 15))).bytes)).rows).toBeNull()
  await history.removeRawRows('leeds')
  expect(
    await history.rawRowsKept('leeds', [
      sha256hex(halves.get('3 primary')?.agent ?? new Uint8Array()),
    ]),
  ).toHaveLength(1)
  await history.releasePin('leeds', 'p1', START)
  expect(await history.removeRawRows('leeds')).toBe(4)
})
