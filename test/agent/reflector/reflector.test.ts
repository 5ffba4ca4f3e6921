import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyedHash } from '../../../agent/engine/keyed-hash.ts'
import { addKey, readKeys, revokeKey } from '../../../agent/reflector/keys.ts'
import { type RunningReflector, startReflector } from '../../../agent/reflector/start.ts'
import { seal } from '../../../shared/wire/control.ts'
import { PROBE_BYTES, probeBackCookie, probeSequence } from '../../../shared/wire/probe.ts'
import { receiptBody, receiptBytes, receiptRequestBody } from '../../../shared/wire/receipt.ts'
import { RTP_HEADER, rtpSequence, rtpSsrc } from '../../../shared/wire/rtp.ts'
import {
  aliveBody,
  SESSION_NAME_BYTES,
  sessionNameBody,
} from '../../../shared/wire/session-keep.ts'
import { REPLY_SSRC_BIT, refusedBody } from '../../../shared/wire/session-open.ts'
import { Caller, type Key, message, openMessage, read, rtpPacket, typeOf } from './caller.ts'

const folder = mkdtempSync(join(tmpdir(), 'reflector-test-'))
const keysFile = join(folder, 'keys.json')
let key: Key
let reflector: RunningReflector

beforeAll(async () => {
  key = addKey(keysFile, 'usual', new Date())
  const bounds = { sessionsPerKey: 3, streamsPerSession: 20 }
  reflector = await startReflector({ address: '127.0.0.1', port: 0, keysFile, bounds })
})
afterAll(async () => {
  await reflector?.stop()
  rmSync(folder, { recursive: true })
})

const counters = async () => (await reflector.tally()).counters
const closing = (sessionId: string) =>
  message(key, 'close', sessionNameBody, { sessionId }, SESSION_NAME_BYTES)

/**
 * Sends what must stay unanswered, then a question that is answered: one socket and one reflector
 * keep the order, so the only answer proves the silence before it.
 */
async function expectSilence(caller: Caller, datagrams: readonly Uint8Array[]): Promise<void> {
  for (const datagram of datagrams) caller.say(datagram)
  expect(typeOf(await caller.ask(openMessage(key)))).toBe('challenge')
}

describe('what is not authenticated gets silence, a counter, and no session', () => {
  const other = { id: 'usual', secret: 'x'.repeat(32) }
  const oversized = (): Uint8Array => {
    const bytes = new Uint8Array(1300)
    bytes.set(openMessage(key))
    return bytes
  }
  const longer = (): Uint8Array => {
    const bytes = new Uint8Array(openMessage(key).length + 10)
    bytes.set(openMessage(key))
    seal(bytes, Buffer.from(key.secret), keyedHash)
    return bytes
  }
  test.each([
    ['wrong secret', 'drop-bad-mac', () => openMessage(other)],
    ['unknown key', 'drop-unknown-key', () => openMessage({ ...key, id: 'nobody' })],
    ['truncated', 'drop-malformed', () => openMessage(key).subarray(0, 100)],
    ['longer than an open', 'drop-malformed', longer],
    ['oversized', 'drop-truncated', oversized],
    [
      'a token that nobody gave',
      'drop-bad-token',
      () => openMessage(key, { token: '5'.repeat(32) }),
    ],
    [
      'an answer instead of a question',
      'drop-malformed',
      () => {
        const bytes = openMessage(key)
        bytes[3] = 2
        return bytes
      },
    ],
    ['neither RTP nor control', 'drop-not-ours', () => Uint8Array.of(0x16, 1, 2, 3)],
    ['an empty datagram', 'drop-not-ours', () => new Uint8Array(0)],
    [
      'RTP of nobody',
      'drop-unknown-ssrc',
      () => rtpPacket(7, 0, { outHigh: 0, outLow: 0, back: 0 }),
    ],
    ['RTP without a probe', 'drop-truncated', () => Uint8Array.of(0x80, 0, 0, 0)],
  ] as const)('%s: %s', async (_what, counter, make) => {
    const caller = await Caller.to(reflector.local.port)
    const before = await counters()
    await expectSilence(caller, [make()])
    const { counters: after, sessions } = await reflector.tally()
    expect(after[counter] - before[counter]).toBe(1)
    expect(sessions).toBe(0)
    caller.close()
  })

  test('a thousand opens without a token make no session and never more octets than they brought', async () => {
    const caller = await Caller.to(reflector.local.port)
    for (let i = 0; i < 1000; i++) {
      caller.say(openMessage(key, { nonce: i.toString(16).padStart(32, '0') }))
      if (i % 20 === 0) await caller.answer()
    }
    expect((await reflector.tally()).sessions).toBe(0)
    expect(caller.answered).toBeLessThan(caller.asked)
    caller.close()
  })

  test('no bytes whatever crash it or get a longer answer', async () => {
    const caller = await Caller.to(reflector.local.port)
    const start = fc.constantFrom([], [0x80], [0x56, 0x52, 1, 1], [0x56, 0x52, 1, 5])
    const bytes = fc.tuple(start, fc.uint8Array({ maxLength: 1200 }))
    for (const [first, rest] of fc.sample(bytes, { numRuns: 300, seed: 20 }))
      caller.say(Uint8Array.from([...first, ...rest]))
    await expectSilence(caller, [])
    expect(caller.answered).toBeLessThan(caller.asked)
    caller.close()
  })
})

describe('a session', () => {
  test('answers its packets with its own count, mark of SSRC, and cookie, and gives a receipt', async () => {
    const caller = await Caller.to(reflector.local.port)
    const { accept, cookies } = await caller.open(key, { streams: 2 })
    for (const sequence of [0, 1, 3, 3, 2]) {
      const reply = await caller.ask(rtpPacket(accept.ssrcBase + 1, sequence, cookies))
      const view = new DataView(reply.buffer, reply.byteOffset, reply.length)
      expect(reply.length).toBe(172)
      expect(probeSequence(view, RTP_HEADER)).toBe(sequence)
      expect(probeBackCookie(view, RTP_HEADER)).toBe(cookies.back)
      expect(rtpSsrc(view, 0)).toBe(((accept.ssrcBase + 1) | REPLY_SSRC_BIT) >>> 0)
    }
    const request = { sessionId: accept.sessionId, stream: 1, firstSequence: 0, count: 10 }
    const question = () =>
      message(key, 'receipt-request', receiptRequestBody, request, receiptBytes(10))
    const receipt = read(key, await caller.ask(question()), receiptBody(10))
    expect(receipt).toMatchObject({ received: 4, duplicates: 1, reordered: 1, replied: 5 })
    expect([...receipt.receivedBitmap]).toEqual([0b1111_0000, 0])
    expect(read(key, await caller.ask(question()), receiptBody(10))).toEqual(receipt)
    expect(typeOf(await caller.ask(closing(accept.sessionId)))).toBe('closed')
    caller.close()
  })

  test('counts replies per call from 0', async () => {
    const caller = await Caller.to(reflector.local.port)
    const { accept, cookies } = await caller.open(key, { payloadBytes: 20 })
    const sequences: number[] = []
    for (const sequence of [500, 502, 900]) {
      const reply = await caller.ask(rtpPacket(accept.ssrcBase, sequence, cookies, 20, 18))
      expect(reply.length).toBe(RTP_HEADER + PROBE_BYTES)
      sequences.push(rtpSequence(new DataView(reply.buffer, reply.byteOffset, reply.length), 0))
    }
    expect(sequences).toEqual([0, 1, 2])
    await caller.ask(closing(accept.sessionId))
    caller.close()
  })

  test('hears nobody else: other source, wrong cookie, other size', async () => {
    const [caller, stranger] = [
      await Caller.to(reflector.local.port),
      await Caller.to(reflector.local.port),
    ]
    const { accept, cookies } = await caller.open(key)
    const before = await counters()
    await expectSilence(stranger, [rtpPacket(accept.ssrcBase, 0, cookies)])
    const wrong = { ...cookies, outLow: cookies.outLow ^ 1 }
    await expectSilence(caller, [
      rtpPacket(accept.ssrcBase, 0, wrong),
      rtpPacket(accept.ssrcBase, 0, cookies, 20),
      rtpPacket(accept.ssrcBase + 1, 0, cookies),
    ])
    const after = await counters()
    const names = [
      'drop-wrong-source',
      'drop-bad-cookie',
      'drop-bad-size',
      'drop-unknown-ssrc',
    ] as const
    expect(names.map((name) => after[name] - before[name])).toEqual([1, 1, 1, 1])
    const keep = message(
      key,
      'keep-alive',
      sessionNameBody,
      { sessionId: accept.sessionId },
      SESSION_NAME_BYTES,
    )
    expect(read(key, await stranger.ask(keep), refusedBody).reason).toBe('unknown-session')
    expect(read(key, await caller.ask(keep), aliveBody).bootId).toBe(accept.bootId)
    await caller.ask(closing(accept.sessionId))
    caller.close()
    stranger.close()
  })

  test('a replayed open gives the same session while it lives, and silence after', async () => {
    const caller = await Caller.to(reflector.local.port)
    const { accept, proof } = await caller.open(key)
    const { sessions } = await reflector.tally()
    expect((await caller.ask(proof)).length).toBeLessThanOrEqual(proof.length)
    expect((await reflector.tally()).sessions).toBe(sessions)
    await caller.ask(closing(accept.sessionId))
    const before = await counters()
    await expectSilence(caller, [proof])
    expect((await counters())['drop-replayed-open'] - before['drop-replayed-open']).toBe(1)
    const thief = await Caller.to(reflector.local.port)
    await expectSilence(thief, [proof])
    expect((await counters())['drop-bad-token'] - before['drop-bad-token']).toBe(1)
    caller.close()
    thief.close()
  })

  test('beyond a bound it is refused with the name and value of the bound', async () => {
    const caller = await Caller.to(reflector.local.port)
    const refused = async (streams: number) => {
      const nonce = `${streams}`.padStart(32, '0')
      const challenge = await caller.ask(openMessage(key, { nonce, streams }))
      const token = Buffer.from(challenge.subarray(44, 60)).toString('hex')
      return read(key, await caller.ask(openMessage(key, { nonce, streams, token })), refusedBody)
    }
    expect(await refused(21)).toMatchObject({ reason: 'streams-per-session', limit: 20 })
    expect(await refused(0)).toMatchObject({ reason: 'bad-parameters' })
    const opened = []
    for (let i = 0; i < 3; i++) opened.push(await caller.open(key))
    expect(await refused(1)).toMatchObject({ reason: 'sessions-per-key', limit: 3 })
    for (const { accept } of opened) await caller.ask(closing(accept.sessionId))
    expect((await reflector.tally()).sessions).toBe(0)
    caller.close()
  })

  test('ends when its key is revoked, and the holder of the key is told so', async () => {
    const doomed = addKey(keysFile, 'doomed', new Date())
    const caller = await Caller.to(reflector.local.port)
    const patience = { timeout: 20_000, interval: 100 }
    await expect
      .poll(async () => {
        caller.say(openMessage(doomed))
        return (await counters())['drop-unknown-key']
      }, patience)
      .toBeGreaterThan(0)
    caller.close()
    const fresh = await Caller.to(reflector.local.port)
    await expect
      .poll(() => {
        fresh.say(openMessage(doomed))
        return fresh.answered
      }, patience)
      .toBeGreaterThan(0)
    fresh.close()
    const holder = await Caller.to(reflector.local.port)
    await holder.open(doomed)
    revokeKey(keysFile, 'doomed', new Date())
    await expect.poll(async () => (await reflector.tally()).sessions, patience).toBe(0)
    expect((await counters()).revoked).toBe(1)
    const answer = await holder.ask(openMessage(doomed))
    expect(read(doomed, answer, refusedBody).reason).toBe('revoked-key')
    holder.close()
  })
})

describe('access keys', () => {
  test('the file is for its owner alone, and secrets have 192 bits', () => {
    expect(statSync(keysFile).mode & 0o777).toBe(0o600)
    for (const { secret } of readKeys(keysFile))
      expect(Buffer.from(secret, 'base64url').length).toBe(24)
  })

  test.each([
    ['others can read', 0o644, '{"keys":[]}', /wanted mode 0600, found 0644; chmod 600/],
    ['not JSON', 0o600, 'usual:secret', /wanted JSON/],
    ['short secret', 0o600, '{"keys":[{"id":"a","secret":"b"}]}', /keys\[0\]\.secret/],
  ])('%s: one line says how to mend it', (_what, mode, text, line) => {
    const file = join(folder, 'bad.json')
    rmSync(file, { force: true })
    writeFileSync(file, text, { mode })
    expect(() => readKeys(file)).toThrow(line)
  })

  test('a name is never given twice', () => {
    expect(() => addKey(keysFile, 'usual', new Date())).toThrow(/a new key name/)
  })

  test('a file that cannot be written is refused by its name', () => {
    const file = join(folder, `${'k'.repeat(300)}.json`)
    expect(() => addKey(file, 'x', new Date())).toThrow(
      `${file}: wanted a file that can be written`,
    )
  })

  test('a port in use is one line', async () => {
    const port = reflector.local.port
    await expect(startReflector({ address: '127.0.0.1', port, keysFile })).rejects.toThrow(
      new RegExp(`${port}`),
    )
  })
})

test('a command that mends a file can be copied, whatever its folder is called', () => {
  const missing = "/no such/leeds' keys.json"
  expect(() => readKeys(missing)).toThrow("keys add NAME --keys '/no such/leeds'\\'' keys.json'")
})
