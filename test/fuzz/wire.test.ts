import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { REFUSALS, type Refusal } from '../../shared/errors.ts'
import type { Result } from '../../shared/result.ts'
import {
  CONTROL_HEADER,
  CONTROL_MAX,
  controlBytes,
  decodeControlHeader,
  encodeControl,
  openControl,
  seal,
} from '../../shared/wire/control.ts'
import type { Field } from '../../shared/wire/fields.ts'
import { readNtp, writeNtp } from '../../shared/wire/ntp-time.ts'
import { decodeProbeBack, decodeProbeOut, PROBE_BYTES } from '../../shared/wire/probe.ts'
import {
  RECEIPT_MAX_COUNT,
  receiptBody,
  receiptBytes,
  receiptCount,
  receiptRequestBody,
} from '../../shared/wire/receipt.ts'
import { decodeRtp, encodeRtp, RTP_HEADER } from '../../shared/wire/rtp.ts'
import { aliveBody, closedBody, sessionNameBody } from '../../shared/wire/session-keep.ts'
import {
  acceptBody,
  challengeBody,
  OPEN_BYTES,
  openBody,
  refusedBody,
} from '../../shared/wire/session-open.ts'
import { hostileBytes } from './hostile.ts'

const RUNS = { numRuns: 400 }
const hash = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  createHmac('sha256', key).update(data).digest()
const secret = new TextEncoder().encode('a secret of the fuzz')
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

const BODIES = {
  open: openBody,
  challenge: challengeBody,
  accept: acceptBody,
  refused: refusedBody,
  'receipt-request': receiptRequestBody,
  receipt: receiptBody(500),
  'keep-alive': sessionNameBody,
  alive: aliveBody,
  closed: closedBody,
} as const satisfies { readonly [name: string]: Field<never> | Field<unknown> | object }
const bodies = Object.entries(BODIES) as unknown as [keyof typeof BODIES, Field<unknown>][]

/** A sealed message whose body is any bytes: it comes from somebody who has the key. */
const sealed = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.uint8Array({ maxLength: 600 }))
  .map(([type, body]) => {
    const datagram = new Uint8Array(Math.max(CONTROL_HEADER + 16, CONTROL_HEADER + body.length))
    datagram.set([0x56, 0x52, 1, type])
    datagram.set(body.subarray(0, datagram.length - CONTROL_HEADER), CONTROL_HEADER)
    seal(datagram, secret, hash)
    return datagram
  })
const rtp = fc
  .record({
    marker: fc.boolean(),
    payloadType: fc.integer({ min: 0, max: 127 }),
    sequence: fc.nat(0xffff),
    timestamp: fc.nat(),
    ssrc: fc.nat(),
  })
  .map((packet) => Uint8Array.from([...encodeRtp(packet), ...new Uint8Array(PROBE_BYTES)]))

type Decoder = readonly [
  name: string,
  decode: (bytes: Uint8Array) => Result<unknown, Refusal>,
  valid: fc.Arbitrary<Uint8Array>,
]
const DECODERS: readonly Decoder[] = [
  ['RTP', decodeRtp, rtp],
  ['probe out', (bytes) => decodeProbeOut(bytes, 1_795_392_000), bytesOf(PROBE_BYTES)],
  ['probe back', (bytes) => decodeProbeBack(bytes, 1_795_392_000), bytesOf(PROBE_BYTES)],
  ['control header', decodeControlHeader, sealed],
  ['count of a receipt', receiptCount, sealed],
  ...bodies.map(
    ([name, body]): Decoder => [
      `sealed ${name}`,
      (bytes) => openControl(bytes, body, secret, hash),
      sealed,
    ],
  ),
]

describe.each(DECODERS)('%s', (_name, decode, valid) => {
  test('whatever comes, it answers a value or a refusal that names a place in the bytes', () => {
    fc.assert(
      fc.property(hostileBytes(valid), (bytes) => {
        const before = bytes.slice()
        const found = decode(bytes)
        expect(bytes).toEqual(before)
        if (found.ok) return
        expect(Object.keys(REFUSALS)).toContain(found.error.code)
        expect(found.error.offset).toBeGreaterThanOrEqual(0)
        expect(found.error.offset).toBeLessThanOrEqual(Math.max(bytes.length, CONTROL_MAX))
      }),
      RUNS,
    )
  })

  test('bytes in the middle of a larger buffer are read as if they stood alone', () => {
    fc.assert(
      fc.property(hostileBytes(valid), fc.nat(20), (bytes, before) => {
        const room = new Uint8Array(before + bytes.length + 7).fill(0xa5)
        room.set(bytes, before)
        expect(decode(room.subarray(before, before + bytes.length))).toEqual(decode(bytes))
      }),
      RUNS,
    )
  })
})

describe.each(bodies)('layout of %s', (type, body) => {
  test('any bytes of its size are read, and what was read survives writing', () => {
    fc.assert(
      fc.property(bytesOf(body.bytes), (bytes) => {
        const value = body.read(new DataView(bytes.buffer), 0)
        const again = new Uint8Array(body.bytes)
        body.write(new DataView(again.buffer), 0, value)
        expect(body.read(new DataView(again.buffer), 0)).toEqual(value)
        const header = { type, transaction: '00'.repeat(8), keyId: 'fuzz' }
        const size = controlBytes(body)
        const datagram = encodeControl(header, body, value, size, secret, hash)
        expect(openControl(datagram, body, secret, hash)).toEqual({ ok: true, value })
      }),
      RUNS,
    )
  })
})

test('no two different lengths of a receipt are taken for the same count', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0, max: 1500 }),
      (n, size) => {
        const datagram = new Uint8Array(size)
        const at = CONTROL_HEADER + 14
        if (size > at + 1) datagram.set([n >> 8, n & 0xff], at)
        const found = receiptCount(datagram)
        if (!found.ok) return
        expect([found.value, size]).toEqual([n, receiptBytes(n)])
        expect(n).toBeGreaterThan(0)
        expect(n).toBeLessThanOrEqual(RECEIPT_MAX_COUNT)
      },
    ),
    { numRuns: 2000 },
  )
})

test('any 64 bits are an NTP time within 68 years of the base, and the second survives', () => {
  fc.assert(
    fc.property(bytesOf(8), fc.nat(4_000_000_000), (bytes, base) => {
      const ns = readNtp(new DataView(bytes.buffer), 0, base)
      expect(Math.abs(ns)).toBeLessThanOrEqual(2 ** 31 * 1e9)
      const again = new Uint8Array(8)
      writeNtp(new DataView(again.buffer), 0, ns, base)
      expect(readNtp(new DataView(again.buffer), 0, base)).toBe(ns)
    }),
    RUNS,
  )
})

test('an accepted RTP packet never points outside itself', () => {
  fc.assert(
    fc.property(hostileBytes(rtp), (bytes) => {
      const found = decodeRtp(bytes)
      if (!found.ok) return
      const { payloadOffset, payloadLength } = found.value
      expect(payloadOffset).toBeGreaterThanOrEqual(RTP_HEADER)
      expect(payloadLength).toBeGreaterThanOrEqual(0)
      expect(payloadOffset + payloadLength).toBeLessThanOrEqual(bytes.length)
    }),
    { numRuns: 2000 },
  )
})

test('a bent message is never authentic', () => {
  fc.assert(
    fc.property(sealed, fc.nat(), fc.integer({ min: 1, max: 255 }), (datagram, at, mask) => {
      const bent = datagram.slice()
      const i = at % bent.length
      bent[i] = (bent[i] ?? 0) ^ mask
      expect(openControl(bent, sessionNameBody, secret, hash).ok).toBe(false)
      expect(OPEN_BYTES).toBeLessThanOrEqual(CONTROL_MAX)
    }),
    RUNS,
  )
})
