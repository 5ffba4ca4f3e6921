import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { packRawRows } from '../../../shared/measure/raw-rows-pack.ts'
import { windowAt } from '../../agent/rows/made.ts'
import { answer, type TestCollector, testCollector } from '../support/collector.ts'
import { envelope, MINUTE, record, START } from '../support/fixtures.ts'

const { note, bytes } = windowAt(START)
const SPAN = { from: START, to: START + MINUTE }
const GOOD = {
  ...{ sha256: note.sha256, ...SPAN },
  body: deflateSync(packRawRows(bytes) ?? bytes).toString('base64'),
}

/** More than one window holds, from a few thousand octets; it has its digest, and is signed for. */
const bomb = rawRowsOf(400_000)
const bombDigest = createHash('sha256').update(bomb).digest('hex')

function rawRowsOf(rows: number): Buffer {
  const made = Buffer.alloc(16 + 12 + rows * 60)
  made.set(bytes.subarray(0, 28))
  made.writeUInt32BE(rows, 16 + 8)
  return made
}

/** A collector that holds a record of these rows and a pin of their time. */
async function pinned(): Promise<TestCollector> {
  const collector = await testCollector()
  const of = (farEnd: 'primary' | 'secondary', sha256: string, rows: number) => ({
    ...{ farEnd, ...SPAN, rows: { sha256, rows }, receipts: [] },
    oneSided: 'not-offered' as const,
  })
  const evidence = [of('primary', note.sha256, note.rows), of('secondary', bombDigest, 400_000)]
  const taken = await collector.deliver(
    envelope(record(collector.profileSha256, { evidence })),
    collector.agent,
  )
  expect(taken.status).toBe(201)
  const pin = { site: 'leeds', id: 'p1', fromMs: START, toMs: START + 10 * MINUTE }
  const more = { why: 'claim 7', by: 'test', enteredMs: START, releasedMs: null }
  await collector.store.history.putPin({ ...pin, ...more })
  return collector
}

const send = ({ app, agent }: TestCollector, body: string | object) =>
  answer(app, {
    ...{ method: 'POST', url: '/api/v1/agents/self/rows' },
    headers: { host: 'localhost', ...agent, 'content-type': 'application/json' },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  })

test('octets that are no rows of their digest are refused in words, bombs too, and what is good still comes in', async () => {
  const collector = await pinned()
  const other = deflateSync(packRawRows(windowAt(START + MINUTE).bytes) ?? bytes)
  const packed = deflateSync(packRawRows(bomb) ?? bomb).toString('base64')
  expect(packed.length).toBeLessThan(100_000)
  const hostile: readonly [string, string | object][] = [
    ['a bomb', { ...SPAN, sha256: bombDigest, body: packed }],
    ['rows of another window', { ...GOOD, body: other.toString('base64') }],
    ['cut short', { ...GOOD, body: GOOD.body.slice(0, 400) }],
    ['not deflated', { ...GOOD, body: Buffer.from(bytes).toString('base64') }],
    ['nothing', { ...GOOD, body: '' }],
    ['no base64', { ...GOOD, body: '*'.repeat(40) }],
    ['a digest of nothing here', { ...GOOD, sha256: '0'.repeat(64) }],
    ['a time without a pin', { ...GOOD, from: START + 60 * MINUTE, to: START + 61 * MINUTE }],
    ['a time that ends before it begins', { ...GOOD, from: START + MINUTE, to: START }],
    ['borders that are not the record’s', { ...GOOD, to: START + 2 * MINUTE }],
    ['another field', { ...GOOD, more: 1 }],
    ['no JSON', '{"sha256":'],
    ['too much', { ...GOOD, body: 'A'.repeat(4 * 2 ** 20) }],
  ]
  for (const [what, body] of hostile) {
    const refused = await send(collector, body)
    expect(refused.status, what).toBeGreaterThanOrEqual(400)
    expect(refused.status, `${what}: ${refused.text}`).toBeLessThan(500)
    expect(refused.type, what).toContain('application/problem+json')
  }
  expect(await collector.store.history.rawRowsKept('leeds', [note.sha256, bombDigest])).toEqual([])
  expect((await send(collector, GOOD)).status).toBe(200)
  expect((await send(collector, GOOD)).status).toBe(200)
  expect(await collector.store.history.rawRowsKept('leeds', [note.sha256])).toEqual([note.sha256])
})
