import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { ListedKey } from '../../../server/access/known.ts'
import type { Body } from '../../../server/intake/body.ts'
import { Intake, IntakeFull } from '../../../server/intake/intake.ts'
import { KeyTable } from '../../../server/intake/key-table.ts'
import { OwnTurn } from '../../../server/intake/own-turn.ts'
import { type TakenBody, takeBody, takeLine } from '../../../server/intake/take-line.ts'
import { CallingThread } from '../../../server/thread/calling-thread.ts'
import { keyIdOf, preAuthEncoding } from '../../../shared/evidence/dsse.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { RECORD_PAYLOAD_TYPE } from '../../../shared/record/record.ts'
import { ok } from '../../../shared/result.ts'
import { record, START } from '../support/fixtures.ts'

interface Pair extends ListedKey {
  readonly privateKey: KeyObject
}

function pair(): Pair {
  const { publicKey: spki, privateKey } = generateKeyPairSync('ed25519')
  const publicKey = new Uint8Array(spki.export({ format: 'der', type: 'spki' }).subarray(-32))
  return { publicKey, privateKey, keyId: keyIdOf(publicKey, nodeCrypto) }
}

function signed({ privateKey, keyId }: Pair, minute: number, changed = false): Uint8Array {
  const text = JSON.stringify(record('a'.repeat(64), { minute }))
  const payload = Buffer.from(text)
  const made = sign(null, preAuthEncoding(RECORD_PAYLOAD_TYPE, payload), privateKey)
  const sent = changed ? Buffer.from(text.replace('"leeds"', '"york"')) : payload
  return Buffer.from(
    JSON.stringify({
      payloadType: RECORD_PAYLOAD_TYPE,
      payload: sent.toString('base64'),
      signatures: [{ keyid: keyId, sig: made.toString('base64') }],
    }),
  )
}

function intake(keys: readonly ListedKey[], monotonicMs = () => performance.now()) {
  const troubles: unknown[] = []
  const made = new Intake({
    ...{ threads: 2, keys: () => keys, onTrouble: (e) => troubles.push(e) },
    monotonicMs,
  })
  onTestFinished(() => made.close())
  return { made, troubles }
}

/** A request with one envelope; a copy, because what is taken may be moved away. */
const one = (bytes: Uint8Array): Body => ({
  ...{ bytes: new Uint8Array(bytes), encoding: 'identity', isBatch: false },
})

const batch = (lines: readonly Uint8Array[]): Body => {
  const bytes = new Uint8Array(
    gzipSync(lines.map((line) => Buffer.from(line).toString()).join('\n')),
  )
  return { bytes, encoding: 'gzip', isBatch: true }
}

const provenOf = (taken: TakenBody): (string | readonly number[])[] =>
  taken.ok
    ? taken.value.map((line) => (line.ok ? line.value.proven : line.error.code))
    : [taken.error.code]

test('lines come back in order, with the place of the key that made each signature', async () => {
  const keys = [pair(), pair(), pair()] as const
  const { made, troubles } = intake(keys)
  const lines = [2, 0, 1].map((at, minute) => signed(keys[at as 0 | 1 | 2], minute))
  const sent = [...lines, Buffer.from('{}'), signed(keys[0], 3, true)]
  const taken = await made.take(batch(sent), START)
  expect(provenOf(taken)).toEqual([[2], [0], [1], 'schema', []])
  expect(taken).toEqual(structuredClone(takeBody(batch(sent), START, tableOf(keys))))
  expect(troubles).toEqual([])
})

test('a key that is enrolled later is known with the next line, and one never enrolled is not', async () => {
  const keys: Pair[] = [pair()]
  const { made } = intake(keys)
  const later = pair()
  expect(provenOf(await made.take(one(signed(later, 0)), START))).toEqual(['unknown-key'])
  keys.push(later)
  // Often enough for both threads to be asked, and the collector's own.
  const rounds = [1, 5, 5, 5, 5].map((count) => {
    const line = signed(later, 0)
    return made.take(count === 1 ? one(line) : batch(Array(count).fill(line)), START)
  })
  const proven = (await Promise.all(rounds)).flatMap(provenOf)
  expect(proven).toEqual(Array(21).fill([1]))
})

test('what comes alone is read here, as another thread would; a batch is not, and no thread is left idle', async () => {
  const start = vi.spyOn(CallingThread, 'start')
  onTestFinished(() => start.mockRestore())
  const keys = [pair()] as const
  const { made } = intake(keys)
  const line = signed(keys[0], 0)
  for (const alone of [line, Buffer.from('{}')]) {
    const taken = await made.take(one(alone), START)
    expect(structuredClone(taken)).toEqual(
      structuredClone(takeBody(one(alone), START, tableOf(keys))),
    )
  }
  expect(start).not.toHaveBeenCalled()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const many = Array.from({ length: 5 }, (_, minute) => signed(keys[0], minute))
  expect(provenOf(await made.take(batch(many), START))).toEqual(many.map(() => [0]))
  expect(start).toHaveBeenCalledTimes(1)
  // Five minutes later the thread has gone; what comes then finds another one.
  vi.advanceTimersByTime(300_000)
  expect(provenOf(await made.take(batch(many), START))).toEqual(many.map(() => [0]))
  expect(start).toHaveBeenCalledTimes(2)
})

test('the collector reads in a quarter of its time at most, and in short turns', async () => {
  let [nowMs, eachMs] = [0, 2]
  // The clock goes on whenever it is looked at: one reading fills a turn.
  const own = new OwnTurn(
    () => [],
    () => {
      nowMs += eachMs
      return nowMs
    },
  )
  let read = 0
  const asked = [0, 1, 2].map(() =>
    own.take(one(Buffer.from('{')), START).then(() => {
      read += 1
    }),
  )
  const seen: number[] = []
  while (read < asked.length) {
    await new Promise((resolve) => setImmediate(resolve))
    seen.push(read)
  }
  expect(seen).toContain(1)
  expect(seen).toContain(2)
  expect(own.hasTime()).toBe(true)
  // A short line that took ten seconds was interrupted; a long one may really have taken so long.
  eachMs = 10_000
  await own.take(one(Buffer.from('{')), START)
  expect(own.hasTime()).toBe(true)
  eachMs = 4000
  const long = Buffer.alloc(32 * 1024 * 1024, '{')
  await Promise.all(
    Array.from({ length: 16 }, () =>
      own.take({ bytes: long, encoding: 'identity', isBatch: true }, START),
    ),
  )
  eachMs = 0
  expect(own.hasTime()).toBe(false)
  nowMs += 1_000_000
  expect(own.hasTime()).toBe(true)
})

test('what comes one by one is read together, and a single sender is not held up for that', async () => {
  const own = new OwnTurn(
    () => [],
    () => performance.now(),
  )
  const sent = () => own.take(one(Buffer.from('{')), START)
  await sent()
  const waited: number[] = []
  for (let n = 0; n < 4; n += 1) {
    const began = performance.now()
    await sent()
    waited.push(performance.now() - began)
  }
  // Company was waited for once, in vain.
  expect(waited.filter((ms) => ms > 50).length).toBeLessThanOrEqual(1)
  const began = performance.now()
  await Promise.all(Array.from({ length: 16 }, sent))
  expect(performance.now() - began).toBeLessThan(50)
})

test('keys of one id are told apart: only the one that signed is named', () => {
  const [first, other] = [pair(), pair()]
  const table = tableOf([first, { keyId: first.keyId, publicKey: other.publicKey }])
  const line = takeLine(signed({ ...other, keyId: first.keyId }, 0), START, table)
  expect(provenOf(ok([line]))).toEqual([[1]])
})

test('what would wait too long is turned away, and all that was taken is answered', async () => {
  const { made } = intake([])
  const big = () => ({ ...one(Buffer.alloc(40 * 1024 * 1024, 'x')), isBatch: true })
  const first = made.take(big(), START)
  await expect(made.take(big(), START)).rejects.toThrow(IntakeFull)
  expect(provenOf(await first)).toEqual(['too-large'])
  expect(provenOf(await made.take(big(), START))).toEqual(['too-large'])
})

test('a thread that fails costs its senders an error, is told, and another one goes on', async () => {
  const key = pair()
  const { made, troubles } = intake([key])
  const nothing = {
    ...one(Buffer.of()),
    bytes: { byteLength: 1, length: 1 } as unknown as Uint8Array,
  }
  await expect(made.take(nothing, START)).rejects.toThrow()
  expect(troubles).toHaveLength(0)
  await expect(made.take({ ...nothing, isBatch: true }, START)).rejects.toThrow()
  expect(troubles).toHaveLength(1)
  const lines = Array(5).fill(signed(key, 0))
  expect(provenOf(await made.take(batch(lines), START))).toEqual(Array(5).fill([0]))
})

function tableOf(keys: readonly ListedKey[]): KeyTable {
  const table = new KeyTable()
  table.add(keys)
  return table
}
