import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lastSignedFile } from '../../../server/keys/last-signed.ts'
import { openLogKey } from '../../../server/keys/log-key.ts'
import { openCheckpoint } from '../../../shared/evidence/checkpoint.ts'
import { leafHash } from '../../../shared/evidence/merkle.ts'
import { verifyConsistency } from '../../../shared/evidence/merkle-verify.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { fromBase64 } from '../../../shared/evidence/octets.ts'
import { parseProof, verifyProof } from '../../../shared/evidence/proof.ts'
import { parseVkey, type Vkey } from '../../../shared/evidence/vkey.ts'
import { eventually } from '../../lab/command.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { type TestCollector, type TestOptions, testCollector } from '../support/collector.ts'
import { BOOT, envelope, MINUTE, record } from '../support/fixtures.ts'

async function collectorWithLedger(change: TestOptions = {}): Promise<TestCollector> {
  const keyFile = join(temporaryDirectory(), 'log.key')
  return testCollector({
    ledger: {
      ...{ signer: openLogKey(keyFile), last: lastSignedFile(keyFile) },
      ...{ name: 'test', defaultName: 'host', holder: 'one' },
      ...{ checkpointEveryMs: 0, turnEveryMs: 10 },
    },
    ...change,
  })
}

async function keyOf(collector: TestCollector): Promise<Vkey> {
  const { body } = await collector.get('/api/v1/ledger')
  const key = parseVkey(nodeCrypto, body.vkey)
  if (!key.ok) throw new Error(key.error)
  return key.value
}

const proofOf = (sequence: number, site = 'leeds') =>
  `/api/v1/ledger/proof?site=${site}&agent=leeds-1&boot=${BOOT}&sequence=${sequence}`

test('a delivered record is proven by the text that the API gives, and by that alone', async () => {
  const collector = await collectorWithLedger()
  const text = envelope(record(collector.profileSha256))
  expect((await collector.deliver(text)).status).toBe(201)
  const answer = await eventually('a proof', async () => {
    const found = await collector.get(proofOf(1))
    return found.status === 200 ? found : undefined
  })
  const parsed = parseProof(answer.text)
  if (!parsed.ok) throw new Error(parsed.error)
  const key = await keyOf(collector)
  const leaf = leafHash(nodeCrypto, Buffer.from(text))
  expect(verifyProof(nodeCrypto, parsed.value, leaf, [key]).ok).toBe(true)
  const other = leafHash(nodeCrypto, Buffer.from(`${text} `))
  expect(verifyProof(nodeCrypto, parsed.value, other, [key])).toEqual({
    ...{ ok: false, error: 'not-included' },
  })
})

test('a checkpoint seen earlier is shown to be the beginning of a later one', async () => {
  const collector = await collectorWithLedger()
  const key = await keyOf(collector)
  const checkpoint = async (least: number) =>
    eventually(`a checkpoint of ${least}`, async () => {
      const { status, text } = await collector.get('/api/v1/ledger/checkpoint')
      const opened = status === 200 ? openCheckpoint(nodeCrypto, text, [key]) : null
      return opened?.ok && opened.value.checkpoint.size >= least
        ? opened.value.checkpoint
        : undefined
    })
  const from = await checkpoint(1)
  await collector.deliver(envelope(record(collector.profileSha256)))
  const to = await checkpoint(from.size + 1)
  const url = `/api/v1/ledger/consistency?from=${from.size}&to=${to.size}`
  const { body } = await collector.get(url)
  const proof = body.hashes.map((hash: string) => fromBase64(hash))
  expect(verifyConsistency(nodeCrypto, { from, to, proof })).toBe(true)
  expect((await collector.get('/api/v1/ledger/consistency?from=9&to=3')).status).toBe(400)
  expect((await collector.get('/api/v1/ledger/consistency?from=1&to=999999')).status).toBe(400)
  const tile = await collector.get(`/api/v1/ledger/tile/0/000.p/${to.size}`)
  expect(tile.status).toBe(200)
  expect((await collector.get('/api/v1/ledger/tile/0/000')).status).toBe(404)
  expect((await collector.get('/api/v1/ledger/tile/0/nonsense')).status).toBe(404)
})

test('agents may ask for the checkpoint, and not for proofs; strangers for neither', async () => {
  const collector = await collectorWithLedger({ readAccess: 'token' })
  await eventually('a checkpoint', async () => {
    const { status } = await collector.get('/api/v1/ledger/checkpoint', collector.agent)
    return status === 200 ? true : undefined
  })
  const consistency = '/api/v1/ledger/consistency?from=1'
  expect((await collector.get(consistency, collector.agent)).status).toBe(200)
  expect((await collector.get(proofOf(1), collector.agent)).status).toBe(403)
  expect((await collector.get('/api/v1/ledger/checkpoint')).status).toBe(401)
  expect((await collector.get('/api/v1/ledger', collector.viewer)).status).toBe(200)
})

test('a site that never was and a record that never came are told apart only to who may see', async () => {
  const collector = await collectorWithLedger()
  await collector.deliver(envelope(record(collector.profileSha256)))
  expect((await collector.get(proofOf(1, 'nowhere'))).body.type).toMatch(/unknown-site$/)
  expect((await collector.get(proofOf(7))).body.type).toMatch(/not-in-ledger$/)
})

test('ticks, profiles, late records and silence are entered, each once', async () => {
  const collector = await collectorWithLedger()
  const kinds = async () => {
    const range = { from: 0, to: 1e6, limit: 1000 }
    const found = await collector.store.ledger.entriesBetween('0', 'leeds', range)
    return found.map(({ kind }) => kind)
  }
  const count = async (kind: string) => (await kinds()).filter((one) => one === kind).length
  await collector.deliver(envelope(record(collector.profileSha256)))
  await eventually('a tick', async () => ((await count('tick')) === 1 ? true : undefined))
  collector.clock.nowMs += 12 * MINUTE
  await collector.deliver(envelope(record(collector.profileSha256, { minute: 1 })))
  collector.clock.nowMs += 7 * MINUTE
  await eventually('a gap', async () => ((await count('gap')) === 1 ? true : undefined))
  collector.clock.nowMs += MINUTE
  await eventually('a later tick', async () => ((await count('tick')) >= 3 ? true : undefined))
  // It is entered behind the tick of a minute, and one that has its place later behind the next one's.
  await eventually('a late record', async () => ((await count('late')) === 1 ? true : undefined))
  expect(await count('gap')).toBe(1)
  expect(await count('late')).toBe(1)
  expect(await count('profile')).toBeGreaterThan(0)
  const metrics = (await collector.get('/metrics')).text
  expect(metrics).toMatch(/^voipready_ledger_size [1-9]/m)
  expect(metrics).toMatch(/^voipready_ledger_checkpoint_timestamp_seconds [1-9]/m)
  expect(metrics).toMatch(/^voipready_ledger_unsequenced \d/m)
})
