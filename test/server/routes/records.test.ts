import { deflateSync, gzipSync } from 'node:zlib'
import * as v from 'valibot'
import { beforeAll, expect, test } from 'vitest'
import { BatchAnswer, ProblemAnswer, RecordAnswer } from '../../../server/routes/schemas.ts'
import { sharedCollector, type TestCollector, testCollector } from '../support/collector.ts'
import { BOOT, envelope, OTHER_BOOT, record, START } from '../support/fixtures.ts'

const NDJSON = { 'content-type': 'application/x-ndjson' }
let shared: TestCollector
beforeAll(async () => {
  shared = await sharedCollector()
})
let next = 0
/** A record that no other test of this file delivered. */
const fresh = (change = {}) => {
  next += 1
  return record(shared.profileSha256, { minute: next, ...change })
}

test('a record is acknowledged, and again when it is repeated', async () => {
  const text = envelope(fresh())
  const first = await shared.deliver(text)
  const second = await shared.deliver(text)
  expect([first.status, first.body.outcome]).toEqual([201, 'stored'])
  expect([second.status, second.body.outcome]).toEqual([200, 'repeated'])
  expect(v.is(RecordAnswer, first.body)).toBe(true)
})

test('other bytes in the same place of the sequence are a conflict', async () => {
  const one = fresh()
  await shared.deliver(envelope(one))
  const other = await shared.deliver(envelope({ ...one, previous: 'd'.repeat(64) }))
  expect([other.status, other.body.type]).toEqual([409, 'urn:voip-ready:problem:conflict'])
})

test('a batch stores its good lines and says what is wrong with each other one', async () => {
  const good = fresh()
  const lines = [
    envelope(good),
    '{"payload":1}',
    envelope(fresh({ site: 'york' })),
    envelope({ ...good, previous: 'e'.repeat(64) }),
    envelope(good),
    envelope(fresh({ boot: OTHER_BOOT })),
  ]
  const answer = await shared.deliver(`${lines.join('\n')}\n`, NDJSON)
  expect(answer.status).toBe(200)
  expect(v.is(BatchAnswer, answer.body)).toBe(true)
  const outcomes = answer.body.results.map(
    (line: { outcome: string; problem?: { status: number } }) =>
      line.problem?.status ?? line.outcome,
  )
  expect(outcomes).toEqual(['stored', 400, 403, 409, 'repeated', 'stored'])
})

test('a batch of 500 is taken, of 501 refused whole, and an empty one too', async () => {
  const lines = Array.from({ length: 501 }, () => envelope(fresh({ observations: [] })))
  expect((await shared.deliver(lines.slice(0, 500).join('\n'), NDJSON)).status).toBe(200)
  expect((await shared.deliver(lines.join('\n'), NDJSON)).status).toBe(413)
  expect((await shared.deliver('\n\n', NDJSON)).status).toBe(400)
})

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
] as const)('a batch packed with %s is taken as if it were plain', async (encoding, pack) => {
  const lines = [envelope(fresh()), envelope(fresh()), '{}']
  const packed = await shared.deliver(pack(lines.join('\n')), {
    ...NDJSON,
    'content-encoding': encoding,
  })
  const outcomes = packed.body.results.map((line: { outcome: string }) => line.outcome)
  expect([packed.status, ...outcomes]).toEqual([200, 'stored', 'stored', 'refused'])
  const again = await shared.deliver(lines[0] ?? '')
  expect(again.body.outcome).toBe('repeated')
})

test('a body that grows without end, is cut off, or is not packed at all is refused', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, '\n'))
  const whole = gzipSync(envelope(fresh()))
  const gzip = { 'content-encoding': 'gzip' }
  const tell = async (body: Buffer, headers: Record<string, string>) => {
    const answer = await shared.deliver(body, headers)
    return [answer.status, answer.body.type]
  }
  const problem = (name: string) => `urn:voip-ready:problem:${name}`
  const tooLarge = [413, problem('unpacked-too-large')]
  expect(await tell(bomb, { ...NDJSON, ...gzip })).toEqual(tooLarge)
  expect(await tell(gzipSync(Buffer.alloc(65_536, ' ')), gzip)).toEqual(tooLarge)
  const broken = [400, problem('bad-encoding')]
  expect(await tell(whole.subarray(0, -9), gzip)).toEqual(broken)
  expect(await tell(Buffer.from('{}'), gzip)).toEqual(broken)
  const br = { 'content-encoding': 'br' }
  expect(await tell(whole, br)).toEqual([415, problem('media-type')])
  expect((await shared.deliver(whole, gzip)).status).toBe(201)
})

test('a token vouches for its own agent and site only', async () => {
  const wrong = await shared.deliver(envelope(fresh({ agent: 'leeds-2' })))
  expect([wrong.status, wrong.body.where]).toEqual([403, 'payload.site, payload.agent'])
  expect(wrong.body.detail).toContain('found leeds, leeds-2')
})

test.each([
  ['no token', { authorization: '' }, 401],
  ['another scheme', { authorization: 'Basic eDp5' }, 401],
  ['a made-up token', { authorization: `Bearer vr_${'0'.repeat(16)}_${'A'.repeat(43)}` }, 401],
])('%s is not enough to write', async (_name, headers, status) => {
  const answer = await shared.deliver(envelope(fresh()), headers)
  expect([answer.status, v.is(ProblemAnswer, answer.body)]).toEqual([status, true])
  expect(answer.headers['www-authenticate']).toContain('Bearer')
})

test('a viewer cannot write, nor the right id with another secret', async () => {
  expect((await shared.deliver(envelope(fresh()), shared.viewer)).status).toBe(403)
  const [id] = /vr_[0-9a-f]{16}_/.exec(shared.agent.authorization) ?? []
  const forged = { authorization: `Bearer ${id}${'A'.repeat(43)}` }
  expect((await shared.deliver(envelope(fresh()), forged)).status).toBe(401)
})

test('a full queue answers 503 with Retry-After and stores nothing', async () => {
  const collector = await testCollector({ maxWaiting: 1 })
  const lines = [1, 2].map((minute) => envelope(record(collector.profileSha256, { minute })))
  const answer = await collector.deliver(lines.join('\n'), NDJSON)
  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5'])
  expect(await collector.store.newest()).toEqual([])
})

test('a failing store answers 503, shows at /readyz, and heals', async () => {
  let broken = true
  const collector = await testCollector({
    wrapStore: (store) => ({
      ...store,
      append: (rows) =>
        broken ? Promise.reject(new Error('database or disk is full')) : store.append(rows),
      writable: () =>
        broken ? Promise.reject(new Error('database or disk is full')) : store.writable(),
    }),
  })
  const text = envelope(record(collector.profileSha256))
  const answer = await collector.deliver(text)
  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '30'])
  const unready = await collector.get('/readyz')
  expect([unready.status, unready.body.reasons[0].found]).toEqual([503, 'database or disk is full'])
  broken = false
  // By itself, before any record came.
  expect((await collector.get('/readyz')).status).toBe(200)
  expect((await collector.deliver(text)).status).toBe(201)
  expect((await collector.get('/readyz')).body).toEqual({
    ...{ ready: true, reasons: [], warnings: [] },
  })
})

test('what was delivered is stored as sent', async () => {
  const one = fresh()
  const text = ` ${envelope(one).replace(',', ' ,\t')} `
  expect((await shared.deliver(text)).status).toBe(201)
  const back = await shared.store.envelope('leeds', 'leeds-1', BOOT, one.sequence)
  expect(Buffer.from(back ?? []).toString()).toBe(text)
  expect(one.window.from).toBeGreaterThan(START)
})
