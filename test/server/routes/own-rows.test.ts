import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { PinRowsAnswer } from '../../../server/routes/history-schemas.ts'
import { packRawRows } from '../../../shared/measure/raw-rows-pack.ts'
import { windowAt } from '../../agent/rows/made.ts'
import { answer, type TestCollector, testCollector } from '../support/collector.ts'
import { envelope, MINUTE, record, START } from '../support/fixtures.ts'

const { note, bytes } = windowAt(START)
const PIN_ID = '01890a5d-ac96-774b-bcce-b302099a8057'
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

/** What became of the rows of the pin. */
const rowsOf = async ({ get }: TestCollector) => {
  const found = await get(`/api/v1/sites/leeds/pins/${PIN_ID}/rows`)
  expect(found.status).toBe(200)
  return v.parse(PinRowsAnswer, found.body).rows
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
  const pin = { site: 'leeds', id: PIN_ID, fromMs: START, toMs: START + 10 * MINUTE }
  const more = { why: 'claim 7', by: 'test', enteredMs: START, releasedMs: null }
  await collector.store.history.putPin({ ...pin, ...more })
  return collector
}

const send = ({ app, agent }: TestCollector, body: string | object, path = '') =>
  answer(app, {
    ...{ method: 'POST', url: `/api/v1/agents/self/rows${path}` },
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

test('what the agent cannot bring is told and shown by its cause; nobody waits for it any longer', async () => {
  const collector = await pinned()
  const tell = (absent: readonly object[]) => send(collector, { absent }, '/absent')
  expect(await rowsOf(collector)).toMatchObject({ windows: 2, kept: 0, waiting: 2, absent: [] })
  expect((await send(collector, GOOD)).status).toBe(200)
  expect(await rowsOf(collector)).toMatchObject({ kept: 1, waiting: 1 })
  const gone = { from: START, to: START + 5 * MINUTE, cause: 'overwritten' }
  expect((await tell([gone])).status).toBe(200)
  const shown = await rowsOf(collector)
  // What is here is here, whatever is told.
  expect(shown).toMatchObject({ windows: 2, kept: 1, waiting: 0, truncated: false })
  expect(shown.absent).toMatchObject([{ agent: 'leeds-1', cause: 'overwritten', windows: 1 }])
  expect(shown.absent[0]?.from).toBe(new Date(START).toISOString())
  // What is told later takes its place.
  expect((await tell([{ ...gone, cause: 'too-large', sha256: bombDigest }])).status).toBe(200)
  expect((await rowsOf(collector)).absent).toMatchObject([{ cause: 'too-large', windows: 1 }])
  expect((await tell([{ ...gone, sha256: note.sha256 }])).status).toBe(200)
  expect(await rowsOf(collector)).toMatchObject({ waiting: 1, absent: [] })
})

test('words about absent rows that say nothing are refused, and change nothing', async () => {
  const collector = await pinned()
  const gone = { ...SPAN, cause: 'overwritten' }
  expect((await send(collector, { absent: [gone] }, '/absent')).status).toBe(200)
  for (const body of [
    ...[{ absent: [{ ...gone, to: START }] }, { absent: [{ ...gone, cause: 'eaten' }] }],
    ...[{ absent: Array(501).fill(gone) }, { absent: [{ ...gone, from: -1 }] }, {}, '{"absent":'],
    { absent: [{ ...gone, more: 1 }] },
  ]) {
    const refused = await send(collector, body, '/absent')
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.status).toBeLessThan(500)
    expect(refused.type).toContain('application/problem+json')
  }
  expect(await rowsOf(collector)).toMatchObject({ waiting: 0 })
  const unknown = '01890a5d-ac96-774b-bcce-b302099a8058'
  const missing = await collector.get(`/api/v1/sites/leeds/pins/${unknown}/rows`)
  expect([missing.status, missing.text]).toEqual([404, expect.stringContaining('unknown-pin')])
})
