import { generateKeyPairSync } from 'node:crypto'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningReflector, startReflector } from '../../../agent/reflector/start.ts'
import { verifyPayload } from '../../../shared/evidence/dsse.ts'
import { nodeCrypto, signerFrom } from '../../../shared/evidence/node-crypto.ts'
import {
  RECEIPT_PAYLOAD_TYPE,
  type ReceiptStatement,
  ReceiptStatementSchema,
} from '../../../shared/record/receipt.ts'
import {
  FORGOTTEN,
  receiptBody,
  receiptBytes,
  receiptRequestBody,
  TELLS_FORGOTTEN,
} from '../../../shared/wire/receipt.ts'
import {
  openWhole,
  STATEMENT_BYTES,
  type Statement,
  type StatementRange,
  statementBody,
  statementRequestBody,
} from '../../../shared/wire/statement.ts'
import { makeKey } from '../stream/lab.ts'
import { Caller, type Key, message, read, rtpPacket } from './caller.ts'

const { privateKey } = generateKeyPairSync('ed25519')
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
const { publicKey } = signerFrom('of-the-test', pem)
const made = makeKey()
let key: Key
let signing: RunningReflector
let silent: RunningReflector

beforeAll(async () => {
  const { keysFile } = made
  key = made.key
  const where = { address: '127.0.0.1', port: 0, keysFile }
  const plan = { pem, name: 'dc1', version: '1.0.0', keepsRows: false }
  signing = await startReflector({ ...where, signing: plan })
  silent = await startReflector(where)
})
afterAll(async () => {
  await signing.stop()
  await silent.stop()
  made.remove()
})

/** Asks again while the answer is `later`; each wait is one round trip and a little. */
async function ask(
  caller: Caller,
  sessionId: string,
  ranges: readonly StatementRange[],
  part = 0,
): Promise<Statement> {
  for (;;) {
    const question = { sessionId, part, ranges }
    const asked = message(key, 'statement-request', statementRequestBody, question, STATEMENT_BYTES)
    const said = read(key, await caller.ask(asked), statementBody)
    if (said.answer !== 'later') return said
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function signed(whole: Uint8Array): ReceiptStatement {
  const opened = openWhole(whole)
  if (!opened.ok) throw new Error(opened.error.code)
  const { payload, signature } = opened.value
  const statement = { payloadType: RECEIPT_PAYLOAD_TYPE, payload, signature }
  expect(verifyPayload(nodeCrypto, publicKey, statement)).toBe(true)
  return v.parse(ReceiptStatementSchema, JSON.parse(Buffer.from(payload).toString('utf8')))
}

test('a statement counts what arrived, once signed it never changes, and repeats to the octet', async () => {
  const caller = await Caller.to(signing.local.port)
  const { accept, cookies } = await caller.open(key)
  expect(accept.capabilities.signsReceipts).toBe(true)
  const { sessionId, ssrcBase } = accept
  for (const sequence of [0, 1, 2, 4, 3, 3, 6]) {
    await caller.ask(rtpPacket(ssrcBase, sequence, cookies))
  }
  const ranges = [{ stream: 0, first: 0, count: 8 }]
  const given = await ask(caller, sessionId, ranges)
  const statement = signed(given.piece)
  expect(statement).toMatchObject({
    ...{ reflector: 'dc1', session: sessionId, ssrc: ssrcBase, ranges: [[0, 0, 8]] },
    ...{ expected: 8, received: 6, duplicated: 1, reordered: 1, replied: 7 },
    rows: { rows: 8 },
  })
  expect(statement.jitter).toMatchObject({ n: 5, reached: expect.any(Array) })
  expect(statement.delay?.n).toBe(6)
  await caller.ask(rtpPacket(ssrcBase, 5, cookies))
  expect((await ask(caller, sessionId, ranges)).piece).toEqual(given.piece)
  const other = await ask(caller, sessionId, [{ stream: 0, first: 0, count: 7 }])
  expect(signed(other.piece).received).toBe(6)
  // Of what did not arrive no arrival tells the time, so the reflector does.
  const none = await ask(caller, sessionId, [{ stream: 0, first: 8, count: 8 }])
  const dated = { received: 0, lastArrival: null, at: expect.any(Number) }
  expect(signed(none.piece)).toMatchObject(dated)
  expect(statement.at).toBeUndefined()
  expect(caller.answered).toBeLessThanOrEqual(caller.asked)
  caller.close()
})

test('a session of many streams has counts and no rows, and its statement may need several parts', async () => {
  const caller = await Caller.to(signing.local.port)
  const { accept, cookies } = await caller.open(key, { streams: 64 })
  for (let stream = 0; stream < 64; stream++)
    await caller.ask(rtpPacket(accept.ssrcBase + stream, 100_000, cookies))
  const ranges = Array.from({ length: 64 }, (_, stream) => ({
    ...{ stream, first: 100_000, count: 1000 },
  }))
  const first = await ask(caller, accept.sessionId, ranges)
  expect(first.parts).toBe(2)
  const second = await ask(caller, accept.sessionId, ranges, 1)
  const statement = signed(Buffer.concat([first.piece, second.piece]))
  expect(statement).toMatchObject({ expected: 64_000, received: 64, rows: null, jitter: null })
  expect(statement.tos).toEqual({ seen: [], unseen: 64 })
  caller.close()
})

test('a step of a hundred calls is one statement of one datagram, whatever of it arrived', async () => {
  const caller = await Caller.to(signing.local.port)
  const { accept, cookies } = await caller.open(key, { streams: 100 })
  const { sessionId, ssrcBase } = accept
  for (let stream = 0; stream < 98; stream++)
    await caller.ask(rtpPacket(ssrcBase + stream, 0, cookies))
  const ranges = [
    { stream: 0, streams: 60, first: 0, count: 2 },
    { stream: 60, streams: 40, first: 0, count: 1 },
  ]
  const given = await ask(caller, sessionId, ranges)
  expect(given.parts).toBe(1)
  const statement = signed(given.piece)
  expect(statement).toMatchObject({
    ...{ expected: 160, received: 98, rows: null, streams: [60, 40] },
    ranges: [
      [0, 0, 2],
      [60, 0, 1],
    ],
  })
  expect(Math.abs((statement.at ?? 0) - Date.now())).toBeLessThan(60_000)
  const beyond = [{ stream: 60, streams: 41, first: 0, count: 1 }]
  expect((await ask(caller, sessionId, beyond)).answer).toBe('forgotten')
  const again = Array.from({ length: 3 }, () => ({ stream: 0, streams: 50, first: 0, count: 1 }))
  expect((await ask(caller, sessionId, again)).answer).toBe('too-large')
  const long = [{ stream: 0, streams: 100, first: 0, count: 16_000 }]
  expect((await ask(caller, sessionId, long)).answer).toBe('too-large')
  caller.close()
})

test('what is older than the memory is not called lost, and a reflector without a key says so', async () => {
  const caller = await Caller.to(signing.local.port)
  const { accept, cookies } = await caller.open(key)
  await caller.ask(rtpPacket(accept.ssrcBase, 20_000, cookies))
  const old = [{ stream: 0, first: 0, count: 100 }]
  expect((await ask(caller, accept.sessionId, old)).answer).toBe('forgotten')
  expect((await ask(caller, accept.sessionId, [])).answer).toBe('forgotten')
  const counted = async (firstSequence: number) => {
    const asked = { sessionId: accept.sessionId, stream: 0, firstSequence, count: 100 }
    const bytes = receiptBytes(asked.count)
    const question = message(key, 'receipt-request', receiptRequestBody, asked, bytes)
    const receipt = read(key, await caller.ask(question), receiptBody(asked.count))
    expect(receipt.clockFlags & TELLS_FORGOTTEN).toBe(TELLS_FORGOTTEN)
    return receipt.received
  }
  expect(await counted(20_000 - accept.history)).toBe(FORGOTTEN)
  expect(await counted(20_001 - accept.history)).toBe(0)
  expect(await counted(19_990)).toBe(1)
  caller.close()
  const without = await Caller.to(silent.local.port)
  const { accept: plain } = await without.open(key)
  expect(plain.capabilities.signsReceipts).toBeUndefined()
  expect((await ask(without, plain.sessionId, old)).answer).toBe('unsigned')
  without.close()
})
