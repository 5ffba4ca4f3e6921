import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { WitnessBook } from '../../../agent/witness/book.ts'
import { serveWitness } from '../../../agent/witness/serve.ts'
import { makeWitnessKey } from '../../../agent/witness/witness-key.ts'
import { lastSignedFile } from '../../../server/keys/last-signed.ts'
import { openLogKey } from '../../../server/keys/log-key.ts'
import {
  type AskedWitness,
  longestWait,
  type Post,
  WitnessDesk,
} from '../../../server/ledger/witness-desk.ts'
import { postText } from '../../../server/witness/post.ts'
import { witnessSettings } from '../../../server/witness/settings.ts'
import { openCheckpoint } from '../../../shared/evidence/checkpoint.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { KEY_TYPE, vkeyOf } from '../../../shared/evidence/vkey.ts'
import { eventually } from '../../lab/command.ts'
import { newSigner } from '../../support/evidence-world.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { leaves, ToyLog } from '../../support/toy-log.ts'
import { testCollector } from '../support/collector.ts'
import { envelope, record } from '../support/fixtures.ts'

const SILENT = { info: () => {}, warn: () => {}, error: () => {} }

/** A real witness over HTTP that knows whatever key signs a log of this name. */
async function realWitness(keysOf: () => ReturnType<typeof vkeyOf>[]) {
  const state = temporaryDirectory()
  const { signer } = makeWitnessKey(state, 'acme.example/w1')
  const vkey = vkeyOf(nodeCrypto, signer, KEY_TYPE.cosignature)
  const book = new WitnessBook(state, vkey, keysOf)
  const parts = { signer, book, keysOf, log: SILENT, nowMs: Date.now }
  const running = await serveWitness(parts, { host: '127.0.0.1', port: 0 })
  onTestFinished(running.stop)
  return { vkey, book, url: running.url }
}

/** A desk over a toy log, with what it kept. */
function deskOf(log: ToyLog, witness: AskedWitness, post: Post = postText) {
  const kept: { size: number; line: string }[] = []
  const told: string[] = []
  const shown = { log }
  const desk = new WitnessDesk({
    ...{ witnesses: [witness], post, nowMs: Date.now, firstWaitMs: 20 },
    book: {
      consistency: async (_logId, from, to) => shown.log.proof(from, to) ?? [],
      putCosignature: async ({ size, line }) => void kept.push({ size, line }),
      logHead: async () => ({ range: { size: shown.log.size, roots: [] } }) as never,
    },
    onChange: (_name, outcome) => void told.push(outcome),
  })
  onTestFinished(() => desk.stop())
  const offer = (size = shown.log.size) =>
    desk.offer({ logId: '0', size, note: shown.log.note(size), atMs: 0 })
  return { desk, offer, kept, told, shown }
}

test('checkpoints of a real collector come back with the cosignature of a real witness', async () => {
  const keyFile = join(temporaryDirectory(), 'log.key')
  const signer = openLogKey(keyFile)
  const witness = await realWitness(() => [vkeyOf(nodeCrypto, signer('voip-ready-log/test/0'))])
  const collector = await testCollector({
    ledger: {
      ...{
        signer,
        last: lastSignedFile(keyFile),
        name: 'test',
        defaultName: 'host',
        holder: 'one',
      },
      ...{ checkpointEveryMs: 0, turnEveryMs: 10 },
      witness: {
        witnesses: [{ vkey: witness.vkey, url: witness.url }],
        post: postText,
        policy: null,
      },
    },
  })
  const keys = [vkeyOf(nodeCrypto, signer('voip-ready-log/test/0')), witness.vkey]
  const cosigned = async (least: number) =>
    eventually(`a cosigned checkpoint of ${least}`, async () => {
      const { status, text } = await collector.get('/api/v1/ledger/checkpoint')
      const opened = status === 200 ? openCheckpoint(nodeCrypto, text, keys) : null
      if (!opened?.ok || opened.value.verified.length < 2) return undefined
      return opened.value.checkpoint.size >= least ? opened.value.checkpoint.size : undefined
    })
  const size = await cosigned(1)
  await collector.deliver(envelope(record(collector.profileSha256)))
  await cosigned(size + 1)
  const { text } = await collector.get('/metrics')
  expect(text).toMatch(/^voipready_log_witness_cosigned_size\{witness="acme.example\/w1"\} [1-9]/m)
  expect(text).toMatch(/^voipready_log_witness_conflict\{witness="acme.example\/w1"\} 0/m)
  expect(text).toMatch(/requests_total\{witness="acme.example\/w1",outcome="cosigned"\} [1-9]/)
})

test('a collector that starts anew finds out how far the witness is; one put back is told of it', async () => {
  const log = new ToyLog(newSigner('log.example/1'), leaves(0, 40))
  const witness = await realWitness(() => [vkeyOf(nodeCrypto, log.signer)])
  const first = deskOf(log, witness)
  first.offer(10)
  await eventually('a first cosignature', async () => (first.kept.length > 0 ? true : undefined))
  const second = deskOf(log, witness)
  second.offer(30)
  await eventually('a second one', async () => (second.kept[0]?.size === 30 ? true : undefined))
  const old = deskOf(log.fork(20), witness)
  old.offer()
  await eventually('a conflict', async () =>
    old.desk.states[0]?.conflict === true ? true : undefined,
  )
  expect(old.told).toEqual(['conflict'])
  const forked = deskOf(log.fork(5, ...leaves(60, 99)), witness)
  forked.offer()
  await eventually('another', async () =>
    forked.desk.states[0]?.conflict === true ? true : undefined,
  )
  expect(forked.kept).toEqual([])
  // The true history takes it back.
  forked.shown.log = log
  forked.offer()
  await eventually('an end of it', async () =>
    forked.desk.states[0]?.conflict === false ? true : undefined,
  )
})

test('a witness that is away is asked again with longer waits, and then about the newest alone', async () => {
  const log = new ToyLog(newSigner('log.example/1'), leaves(0, 40))
  const witness = await realWitness(() => [vkeyOf(nodeCrypto, log.signer)])
  let away = true
  let asked = 0
  const post: Post = (...of) => {
    asked += 1
    return away ? Promise.reject(new Error('ECONNREFUSED')) : postText(...of)
  }
  const { desk, offer, kept, told } = deskOf(log, witness, post)
  for (const size of [10, 20, 30]) offer(size)
  await eventually('three tries', async () => (asked >= 3 ? true : undefined))
  expect(desk.states[0]?.counts.get('failed')).toBeGreaterThan(1)
  away = false
  await eventually('a cosignature', async () => (kept.length > 0 ? true : undefined))
  expect(kept.map(({ size }) => size)).toEqual([30])
  expect(told).toEqual(['failed', 'cosigned'])
})

test('a cosignature that is forged, of other text or another key is never kept', async () => {
  const log = new ToyLog(newSigner('log.example/1'), leaves(0, 40))
  const good = await realWitness(() => [vkeyOf(nodeCrypto, log.signer)])
  const other = await realWitness(() => [vkeyOf(nodeCrypto, log.signer)])
  let lie: (line: string) => string = (line) => line
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', async () => {
      const url = new URL(`${other.url}/add-checkpoint`)
      const reply = await postText(url, Buffer.concat(parts).toString(), 5000)
      response.writeHead(reply.status).end(lie(reply.body))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const asked = { vkey: good.vkey, url: `http://127.0.0.1:${port}` }
  const lies: ((line: string) => string)[] = [
    (line) => line,
    () => '',
    () => 'x'.repeat(100_000),
    // The right name and key id over another key's signature.
    (line) => {
      const octets = Buffer.from(line.split(' ')[2] ?? '', 'base64')
      Buffer.from(good.vkey.keyId, 'hex').copy(octets)
      return `— ${good.vkey.name} ${octets.toString('base64')}\n`
    },
  ]
  for (const [at, one] of lies.entries()) {
    lie = one
    const { desk, offer, kept } = deskOf(log, asked)
    offer(10 + at)
    await eventually(`an answer to lie ${at}`, async () => {
      const counts = desk.states[0]?.counts
      const answered = (counts?.get('refused') ?? 0) + (counts?.get('failed') ?? 0)
      return answered > 0 ? true : undefined
    })
    expect(kept).toEqual([])
  }
})

test('what the command line says of witnesses is read, or refused with the form', () => {
  const key = '+'.concat('x')
  expect(() => witnessSettings([`http://w.example=a${key}`], null)).toThrow(/URL=VKEY/)
  expect(() => witnessSettings(['w.example'], null)).toThrow(/URL=VKEY/)
  expect(() => witnessSettings([], '/nowhere/policy')).toThrow(/a policy/)
  expect(witnessSettings([], null)).toEqual({ witnesses: [], policy: null })
})

test('a witness that was away for hours is asked again within a minute of its return', () => {
  expect([1, 2, 3, 4, 5, 500].map((failures) => longestWait(failures, 5000))).toEqual([
    ...[5000, 10_000, 20_000, 40_000, 60_000, 60_000],
  ])
})
