import { expect, test } from 'vitest'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import { vkeyOf } from '../../../shared/evidence/vkey.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import { type AgentRecord, RECORD_PAYLOAD_TYPE } from '../../../shared/record/record.ts'
import { asRun, looksUnderLoad, rampSteps } from '../../shared/verdict/run-records.ts'
import {
  KEYS,
  newSigner,
  reflectorAt,
  SIGNERS,
  sealed,
  signedRecord,
} from '../../support/evidence-world.ts'
import { withReceipts } from '../../support/run-receipts.ts'
import { type TestCollector, testCollector } from '../support/collector.ts'
import { MINUTE, START } from '../support/fixtures.ts'
import { enrolAgent, filled } from '../support/logged-world.ts'

async function bundleOf({ app }: TestCollector, query: string) {
  const url = `/api/v1/sites/leeds/bundle?${query}`
  const answer = await app.inject({ method: 'GET', url, headers: { host: '127.0.0.1:8460' } })
  const others = answer.headers['voip-ready-other-logs']
  return { status: answer.statusCode, bytes: answer.rawPayload, body: answer.body, others }
}

const time = (from: number, to: number) =>
  `from=${new Date(START + from * MINUTE).toISOString()}&to=${new Date(START + to * MINUTE).toISOString()}`

async function verified(bytes: Uint8Array) {
  const opened = openBundleFile(bytes)
  if (!opened.ok) throw new Error(opened.error)
  return verifyBundle({ lines: opened.value.lines, tools: nodeTools, keys: KEYS })
}

test('what came in over HTTP goes out as a bundle that is proven whole, the same bytes each time', async () => {
  const collector = await filled(31)
  const first = await bundleOf(collector, time(0, 30))
  expect(first.status).toBe(200)
  const found = await verified(first.bytes)
  expect(found.items).toEqual([])
  expect(found).toMatchObject({ site: 'leeds', records: 30, valid: true, complete: true })
  expect(found.intervals.map(({ records, overall }) => [records, overall])).toEqual([
    [15, 'CANNOT SAY'],
    [15, 'CANNOT SAY'],
  ])
  const second = await bundleOf(collector, time(0, 30))
  expect(second.bytes.equals(first.bytes)).toBe(true)
  const half = await verified((await bundleOf(collector, time(15, 30))).bytes)
  expect(half.items).toEqual([])
  expect(half.records).toBe(15)
})

test('a time that crosses a recovery is cut twice, one bundle a log, each whole under its own key', async () => {
  const log = newSigner('log.example/second/1')
  const collector = await filled(30, {}, SIGNERS.log, undefined, { recovered: { minute: 20, log } })
  const second = await bundleOf(collector, time(0, 30))
  expect([second.status, second.others]).toEqual([200, `20 ${SIGNERS.log.name}`])
  const one = openBundleFile(second.bytes)
  if (!one.ok) throw new Error(one.error)
  const keys = { ...KEYS, log: [vkeyOf(nodeCrypto, log)] }
  const found = await verifyBundle({ lines: one.value.lines, tools: nodeTools, keys })
  expect(found).toMatchObject({ origin: log.name, records: 10, valid: true })
  // Its verdicts are on what it shows, not on what the store has of the other log.
  const codes = found.items.map(({ code }) => code)
  expect(codes).not.toContain('verdict-differs')
  const first = await bundleOf(collector, `${time(0, 30)}&log=${SIGNERS.log.name}`)
  expect([first.status, first.others]).toEqual([200, `10 ${log.name}`])
  expect(await verified(first.bytes)).toMatchObject({
    ...{ origin: SIGNERS.log.name, records: 20, valid: true },
  })
  const none = await bundleOf(collector, `${time(0, 30)}&log=log.example/third/2`)
  expect([none.status, none.body]).toEqual([
    404,
    expect.stringContaining(`here: ${SIGNERS.log.name}, ${log.name}`),
  ])
  expect((await bundleOf(collector, `${time(0, 30)}&log=two%20words`)).status).toBe(400)
  expect((await bundleOf(collector, time(0, 15))).others).toBeUndefined()
})

test('a run from before the time comes along, and both judge the time by it', async () => {
  const change = (usual: AgentRecord, minute: number) => {
    const backed = (run: AgentRecord) => withReceipts(run, reflectorAt)
    if (minute === 3) return backed(asRun(usual, 'capacity', rampSteps()))
    return minute === 4 ? backed(asRun(usual, 'qos', looksUnderLoad())) : usual
  }
  const collector = await filled(30, {}, SIGNERS.log, change)
  const { bytes } = await bundleOf(collector, time(15, 30))
  const found = await verified(bytes)
  // A verdict of the collector that differed would be said here too.
  expect(found.items).toEqual([])
  expect(found).toMatchObject({ records: 17, valid: true })
})

test('records beside the time come along, and show that none of it is left out', async () => {
  const collector = await filled(45)
  const { bytes } = await bundleOf(collector, time(15, 30))
  const opened = openBundleFile(bytes)
  if (!opened.ok) throw new Error(opened.error)
  const lines: string[] = []
  for await (const some of opened.value.lines())
    for (const line of some) lines.push(Buffer.from(line).toString())
  // Those of five minutes on either side, and one before and after these.
  expect(lines.filter((line) => line.startsWith('{"kind":"record"'))).toHaveLength(15 + 12)
  const middle = await verified(bytes)
  expect(middle).toMatchObject({ records: 15, valid: true, complete: true, items: [] })
  expect(middle.intervals[0]).toMatchObject({
    proven: expect.arrayContaining(['by its signed chain leeds-1 left out no record']),
    claimed: [],
  })
  const last = await verified((await bundleOf(collector, time(30, 45))).bytes)
  expect(last).toMatchObject({ records: 15, valid: true, complete: true, items: [] })
  expect(last.intervals[0]?.claimed).toEqual([
    "that no record of leeds-1 is left out, on the collector's word",
  ])
})

test('a time without records is silence where the log says so, and not proven where it does not', async () => {
  const collector = await filled(15)
  const bundle = async () => verified((await bundleOf(collector, time(15, 30))).bytes)
  const unsaid = await bundle()
  expect(unsaid).toMatchObject({ valid: true, complete: false })
  expect(unsaid.items).toMatchObject([{ severity: 'missing', code: 'silence-unsaid' }])
  expect(unsaid.intervals[0]?.missing[0]).toContain('silence is not proven')
  await collector.enter({
    ...{ kind: 'verdict', site: 'leeds', from: START + 15 * MINUTE, to: START + 30 * MINUTE },
    ...{ overall: 'CANNOT SAY', profileSha256: collector.profileSha256, records: 0 },
    ...{ findingsSha256: 'b'.repeat(64), rules: 1 },
  })
  const said = await bundle()
  // The record before it names a profile: what was judged on nothing is judged anew.
  expect(said.items.map(({ code }) => code)).toEqual(['verdict-rules'])
  expect(said.intervals[0]).toMatchObject({ overall: 'CANNOT SAY', records: 0 })
  expect(said.intervals[0]?.missing[0]).toContain('noted none then: the site was silent')
})

test('nothing to bundle is refused in plain words', async () => {
  const collector = await testCollector()
  expect((await bundleOf(collector, time(0, 15))).body).toContain('unknown-site')
  await enrolAgent(collector.store)
  const { profileSha256 } = collector
  const payload = JSON.stringify(
    signedRecord(
      profileSha256,
      0,
      null,
      { origin: 'none', size: 1, root: Buffer.alloc(32).toString('base64') },
      SIGNERS.reflector,
    ),
  )
  const sent = await collector.deliver(sealed(SIGNERS.agent, RECORD_PAYLOAD_TYPE, payload).text)
  expect(sent.status).toBe(201)
  expect((await bundleOf(collector, time(0, 15))).body).toContain('a quarter hour that is over')
  expect((await bundleOf(collector, time(-60 * 24 * 40, 0))).body).toContain('at most 31 days')
  collector.clock.nowMs = START + 16 * MINUTE
  expect((await bundleOf(collector, time(0, 15))).body).toContain('no-log')
})
