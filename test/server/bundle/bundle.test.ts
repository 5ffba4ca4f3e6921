import { expect, test } from 'vitest'
import { nodeTools, openBundleFile } from '../../../agent/verify/file.ts'
import type { Store } from '../../../server/store/store.ts'
import { formatCheckpoint } from '../../../shared/evidence/checkpoint.ts'
import { keyIdOf } from '../../../shared/evidence/dsse.ts'
import { ENTRY_PAYLOAD_TYPE } from '../../../shared/evidence/entry.ts'
import { leafHash } from '../../../shared/evidence/merkle.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { signNote } from '../../../shared/evidence/note.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import { RECORD_PAYLOAD_TYPE } from '../../../shared/record/record.ts'
import { KEYS, SIGNERS, sealed, sha256hex, signedRecord } from '../../support/evidence-world.ts'
import { type TestCollector, testCollector } from '../support/collector.ts'
import { MINUTE, row, START } from '../support/fixtures.ts'

/** The log's keeper by hand: one tick and one checkpoint for each call, as a sequencer makes them. */
async function openLedger({ ledger }: Store) {
  const signer = SIGNERS.log
  const publicKey = Buffer.from(signer.publicKey).toString('hex')
  await ledger.openLog({ number: 0, origin: signer.name, signer: publicKey, openedMs: START })
  const name = 'sequencer'
  const epoch = await ledger.takeLease({ name, holder: 'test' }, START, 1e9)
  if (epoch === null) throw new Error('no lease')
  const lease = { name, holder: 'test', epoch }
  const logId = (await ledger.newestLog())?.logId ?? ''
  return async (atMs: number) => {
    const entry = { format: 'voip-ready/entry/1', at: atMs, kind: 'tick', waiting: 0, since: START }
    const body = Buffer.from(sealed(signer, ENTRY_PAYLOAD_TYPE, JSON.stringify(entry)).text)
    const ref = `tick/${atMs}`
    const leaf = leafHash(nodeCrypto, body)
    await ledger.addEntry({ site: '', ref, kind: 'tick', about: '', atMs, turn: 9, leaf, body })
    await ledger.sequence(lease, logId, { untilMs: START + 1e9 })
    const size = (await ledger.logHead(logId))?.range.size ?? 0
    const root = await ledger.root(logId, size)
    const text = formatCheckpoint({ origin: signer.name, size, root })
    const note = signNote(nodeCrypto, text, [signer])
    await ledger.putCheckpoint(lease, { logId, size, note, atMs }, START + 1e9)
    return { origin: signer.name, size, root: Buffer.from(root).toString('base64') }
  }
}

async function enrolAgent({ access }: Store): Promise<void> {
  const [id, secretSha256, nowMs] = ['e1', 'a'.repeat(64), START]
  const times = { createdMs: nowMs, expiresMs: START + 1e10 }
  const token = { id, secretSha256, site: 'leeds', agent: 'leeds-1', createdBy: 'test', ...times }
  const audit = { id: 'a1', atMs: nowMs, actor: 'test', action: 'enrol', site: 'leeds', detail: {} }
  await access.addEnrolToken(token, null, audit)
  const { publicKey } = SIGNERS.agent
  const outcome = await access.enrol({
    ...{ tokenId: id, secretSha256, site: 'leeds', agent: 'leeds-1', publicKey },
    ...{ keyId: keyIdOf(publicKey, nodeCrypto), nowMs, expiresMs: START + 1e10, auditId: 'a2' },
  })
  expect(outcome).toMatchObject({ outcome: 'enrolled' })
}

/** Signed records of the given minutes, delivered and logged one by one beside those of other sites. */
async function filled(minutes: number): Promise<TestCollector> {
  const collector = await testCollector()
  const { store, clock, profileSha256 } = collector
  const keep = await openLedger(store)
  await enrolAgent(store)
  let previous: string | null = null
  let seen = await keep(START)
  for (let minute = 0; minute < minutes; minute += 1) {
    clock.nowMs = START + (minute + 1) * MINUTE + 1000
    const record = signedRecord(profileSha256, minute, previous, seen, SIGNERS.reflector)
    const payload = JSON.stringify(record)
    const { status, text } = await collector.deliver(
      sealed(SIGNERS.agent, RECORD_PAYLOAD_TYPE, payload).text,
    )
    expect([status, text]).toEqual([201, expect.any(String)])
    previous = sha256hex(Buffer.from(payload))
    const others = Array.from({ length: 5 }, (_, n) =>
      row({
        ...{ site: `site-${n}`, sequence: minute + 1, receivedMs: clock.nowMs },
        leafHash: Uint8Array.from({ length: 32 }, () => n * 16 + minute),
      }),
    )
    await store.append(others)
    seen = await keep(clock.nowMs)
  }
  clock.nowMs = START + (minutes + 20) * MINUTE
  await keep(clock.nowMs)
  await keep(clock.nowMs + MINUTE)
  return collector
}

async function bundleOf({ app }: TestCollector, query: string) {
  const url = `/api/v1/sites/leeds/bundle?${query}`
  const answer = await app.inject({ method: 'GET', url, headers: { host: '127.0.0.1:8460' } })
  return { status: answer.statusCode, bytes: answer.rawPayload, body: answer.body }
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

test('a time without records is proven to be silence, by the collector’s ticks', async () => {
  const collector = await filled(15)
  const found = await verified((await bundleOf(collector, time(15, 30))).bytes)
  expect(found.valid).toBe(true)
  expect(found.intervals[0]?.missing[0]).toContain('the site was silent')
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
