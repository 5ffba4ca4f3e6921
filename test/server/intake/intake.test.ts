import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { ListedKey } from '../../../server/access/known.ts'
import { Intake, IntakeFull } from '../../../server/intake/intake.ts'
import { KeyTable } from '../../../server/intake/key-table.ts'
import { takeLine } from '../../../server/intake/take-line.ts'
import { keyIdOf, preAuthEncoding } from '../../../shared/evidence/dsse.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { RECORD_PAYLOAD_TYPE } from '../../../shared/record/record.ts'
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

const provenOf = (taken: Awaited<ReturnType<Intake['take']>>) =>
  taken.map((line) => (line.ok ? line.value.proven : line.error.code))

test('lines come back in order, with the place of the key that made each signature', async () => {
  const keys = [pair(), pair(), pair()] as const
  const { made, troubles } = intake(keys)
  const lines = [2, 0, 1].map((at, minute) => signed(keys[at as 0 | 1 | 2], minute))
  const taken = await made.take([...lines, Buffer.from('{}'), signed(keys[0], 3, true)], START)
  expect(provenOf(taken)).toEqual([[2], [0], [1], 'schema', []])
  expect(taken[0]).toEqual(
    structuredClone(takeLine(lines[0] ?? new Uint8Array(), START, tableOf(keys))),
  )
  expect(troubles).toEqual([])
})

test('a key that is enrolled later is known with the next line, and one never enrolled is not', async () => {
  const keys: Pair[] = [pair()]
  const { made } = intake(keys)
  const later = pair()
  expect(provenOf(await made.take([signed(later, 0)], START))).toEqual(['unknown-key'])
  keys.push(later)
  // Often enough for both threads to be asked.
  const rounds = Array.from({ length: 6 }, () => made.take([signed(later, 0)], START))
  expect((await Promise.all(rounds)).map(provenOf)).toEqual(rounds.map(() => [[1]]))
})

test('few lines wait for company after a call, as many as fill one do not', async () => {
  const keys = [pair()] as const
  const { made } = intake(keys, () => 0)
  await made.take([signed(keys[0], 0)], START)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  let isTaken = false
  const few = made.take([signed(keys[0], 1)], START).then(() => {
    isTaken = true
  })
  // No timer goes off by itself: only a call that was made at once could be answered meanwhile.
  const before = performance.now()
  while (performance.now() - before < 60) await new Promise((resolve) => setImmediate(resolve))
  expect(isTaken).toBe(false)
  const many = Array.from({ length: 15 }, (_, n) => made.take([signed(keys[0], n + 2)], START))
  expect((await Promise.all([few, ...many])).length).toBe(16)
  const alone = made.take([signed(keys[0], 20)], START)
  vi.advanceTimersByTime(100)
  expect(provenOf(await alone)).toEqual([[0]])
  // Nobody came while it waited: a sender that waits for each answer is not held up by it any more.
  expect(provenOf(await made.take([signed(keys[0], 21)], START))).toEqual([[0]])
})

test('keys of one id are told apart: only the one that signed is named', () => {
  const [one, other] = [pair(), pair()]
  const table = tableOf([one, { keyId: one.keyId, publicKey: other.publicKey }])
  const line = takeLine(signed({ ...other, keyId: one.keyId }, 0), START, table)
  expect(provenOf([line])).toEqual([[1]])
})

test('what would wait too long is turned away, and all that was taken is answered', async () => {
  const { made } = intake([])
  const big = [Buffer.alloc(40 * 1024 * 1024, 'x')]
  const first = made.take(big, START)
  await expect(made.take(big, START)).rejects.toThrow(IntakeFull)
  expect(provenOf(await first)).toEqual(['not-json'])
  expect(provenOf(await made.take(big, START))).toEqual(['not-json'])
})

test('a thread that fails costs its senders an error, is told, and another one goes on', async () => {
  const key = pair()
  const { made, troubles } = intake([key])
  const broken = made.take([{ byteLength: 1 } as unknown as Uint8Array], START)
  await expect(broken).rejects.toThrow()
  expect(troubles).toHaveLength(1)
  expect(provenOf(await made.take([signed(key, 0)], START))).toEqual([[0]])
})

function tableOf(keys: readonly ListedKey[]): KeyTable {
  const table = new KeyTable()
  table.add(keys)
  return table
}
