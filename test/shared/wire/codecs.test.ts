import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ControlType,
  controlBytes,
  decodeControlHeader,
  encodeControl,
  openControl,
} from '../../../shared/wire/control.ts'
import type { Field } from '../../../shared/wire/fields.ts'
import { readNtp, writeNtp } from '../../../shared/wire/ntp-time.ts'
import {
  DWELL_SATURATED,
  DWELL_UNKNOWN,
  decodeProbeBack,
  decodeProbeOut,
  dwellCode,
  dwellNs,
  PROBE_BYTES,
  writeProbeBack,
  writeProbeOut,
} from '../../../shared/wire/probe.ts'
import {
  LAST_DWELLS,
  RECEIPT_MAX_COUNT,
  type Receipt,
  receiptBody,
  receiptBytes,
  receiptCount,
  receiptRequestBody,
} from '../../../shared/wire/receipt.ts'
import { decodeRtp, encodeRtp, RTP_HEADER } from '../../../shared/wire/rtp.ts'
import {
  aliveBody,
  closedBody,
  SESSION_NAME_BYTES,
  sessionNameBody,
} from '../../../shared/wire/session-keep.ts'
import {
  acceptBody,
  challengeBody,
  OPEN_BYTES,
  openBody,
  REFUSED_REASONS,
  refusedBody,
} from '../../../shared/wire/session-open.ts'

const hash = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  createHmac('sha256', key).update(data).digest()
const secret = new TextEncoder().encode('correct horse battery staple')

const u8 = fc.integer({ min: 0, max: 0xff })
const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const hexOf = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((octets) => Buffer.from(octets).toString('hex'))
const capabilities = fc.record({
  engine: fc.constantFrom('linux' as const, 'dgram' as const),
  setTos: fc.boolean(),
  seeTos: fc.boolean(),
  seeTtl: fc.boolean(),
  receiveStamp: fc.constantFrom('kernel' as const, 'user' as const),
  transmitStamp: fc.constantFrom('kernel' as const, 'user' as const),
  scheduling: fc.constantFrom('fifo' as const, 'nice' as const, 'normal' as const),
  seeEgress: fc.boolean(),
  rawIcmp: fc.boolean(),
})

describe('NTP time', () => {
  test('1970 is 2208988800 seconds after 1900', () => {
    const view = new DataView(new ArrayBuffer(8))
    writeNtp(view, 0, 500_000_000, 0)
    expect([view.getUint32(0), view.getUint32(4)]).toEqual([2_208_988_800, 0x80000000])
  })

  test('every nanosecond of the hundred days around a base survives, on both sides of 2036', () => {
    const base = fc.constantFrom(0, 1_795_392_000, 2_085_868_800, 2_086_041_600, 4_102_444_800)
    const ns = fc.integer({ min: -8e15, max: 8e15 })
    fc.assert(
      fc.property(base, ns, (baseSeconds, instant) => {
        const view = new DataView(new ArrayBuffer(8))
        writeNtp(view, 0, instant, baseSeconds)
        expect(readNtp(view, 0, baseSeconds)).toBe(instant)
      }),
    )
  })

  test('a reader with another base in the next era reads the same instant', () => {
    const view = new DataView(new ArrayBuffer(8))
    writeNtp(view, 0, 1e9, 2_085_868_800)
    expect(readNtp(view, 0, 2_085_868_800 + 86_400 * 30)).toBe(1e9 - 86_400 * 30 * 1e9)
  })
})

describe('RTP', () => {
  const header = fc.record({
    marker: fc.boolean(),
    payloadType: fc.integer({ min: 0, max: 127 }),
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
  })

  test('any header survives', () => {
    fc.assert(
      fc.property(header, (wanted) => {
        const found = decodeRtp(encodeRtp(wanted))
        expect(found).toEqual({
          ok: true,
          value: { ...wanted, payloadOffset: RTP_HEADER, payloadLength: 0 },
        })
      }),
    )
  })

  test('a header that ends early is truncated there', () => {
    const bytes = encodeRtp({ marker: true, payloadType: 0, sequence: 1, timestamp: 2, ssrc: 3 })
    for (let cut = 0; cut < RTP_HEADER; cut++)
      expect(decodeRtp(bytes.subarray(0, cut))).toEqual({
        ok: false,
        error: { code: 'truncated', offset: cut },
      })
  })

  test('CSRC list, extension and padding are stepped over', () => {
    const packet = Uint8Array.of(
      ...[0xb1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3],
      ...[9, 9, 9, 9, 0xbe, 0xde, 0, 1, 8, 8, 8, 8],
      ...[1, 2, 3, 0, 0, 3],
    )
    expect(decodeRtp(packet)).toMatchObject({
      ok: true,
      value: { payloadOffset: 24, payloadLength: 3 },
    })
  })

  test('any bytes give a value or a refusal, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const found = decodeRtp(bytes)
        if (found.ok)
          expect(found.value.payloadOffset + found.value.payloadLength).toBeLessThanOrEqual(
            bytes.length,
          )
      }),
    )
  })
})

describe('probe payload', () => {
  const base = 1_795_392_000
  const ns = fc.integer({ min: 0, max: 8e15 })

  test('out and back survive', () => {
    fc.assert(
      fc.property(ns, u32, u32, u32, u8, u16, (instant, sequence, a, b, octet, dwell) => {
        const bytes = new Uint8Array(PROBE_BYTES)
        const view = new DataView(bytes.buffer)
        writeProbeOut(view, 0, instant, base, sequence, a, b)
        const out = { sentNs: instant, sequence, cookieHigh: a, cookieLow: b }
        expect(decodeProbeOut(bytes, base)).toEqual({ ok: true, value: out })
        writeProbeBack(view, 0, instant, base, sequence, octet, octet || -1, dwell, a)
        expect(decodeProbeBack(bytes, base)).toEqual({
          ok: true,
          value: {
            receivedNs: instant,
            sequence,
            tos: octet,
            ttl: octet || -1,
            dwell,
            cookie: a,
          },
        })
      }),
    )
  })

  test('a payload that ends early is truncated there', () => {
    for (let cut = 0; cut < PROBE_BYTES; cut++) {
      const refusal = { ok: false, error: { code: 'truncated', offset: cut } }
      expect(decodeProbeOut(new Uint8Array(cut), base)).toEqual(refusal)
      expect(decodeProbeBack(new Uint8Array(cut), base)).toEqual(refusal)
    }
  })

  test('a dwell is known to the microsecond, or honestly not', () => {
    expect(dwellNs(dwellCode(123_456))).toBe(123_000)
    expect([dwellCode(Number.NaN), dwellCode(-1)]).toEqual([DWELL_UNKNOWN, DWELL_UNKNOWN])
    expect(dwellCode(1e9)).toBe(DWELL_SATURATED)
    expect([dwellNs(DWELL_UNKNOWN), dwellNs(DWELL_SATURATED)]).toEqual([Number.NaN, Number.NaN])
  })
})

/** Every message: its layout, arbitrary values, and the length of its datagram. */
interface Row<T> {
  readonly type: ControlType
  readonly body: Field<T>
  readonly values: fc.Arbitrary<T>
  readonly bytes: number
}
const row = <T>(value: Row<T>): Row<unknown> => value as unknown as Row<unknown>
const COUNT = 3000
const receipt: fc.Arbitrary<Receipt> = fc.record({
  sessionId: hexOf(8),
  stream: u16,
  firstSequence: u32,
  count: fc.constant(COUNT),
  received: u32,
  duplicates: u32,
  reordered: u32,
  replied: u32,
  capabilities,
  clockFlags: u8,
  clockMaxErrorNs: fc.double(),
  clockSteps: u32,
  egressTos: u8,
  egressProof: u8,
  receiveOverflows: u32,
  replySequenceNext: u32,
  lastDwells: fc.array(u16, { minLength: LAST_DWELLS, maxLength: LAST_DWELLS }),
  receivedBitmap: fc.uint8Array({ minLength: COUNT / 8, maxLength: COUNT / 8 }),
})
const MESSAGES: readonly Row<unknown>[] = [
  row({
    type: 'open',
    body: openBody,
    values: fc.record({
      nonce: hexOf(16),
      token: hexOf(16),
      streams: u16,
      payloadBytes: u16,
      tos: u8,
      lifetimeSeconds: u32,
    }),
    bytes: OPEN_BYTES,
  }),
  row({
    type: 'challenge',
    body: challengeBody,
    values: fc.record({ token: hexOf(16), bootId: hexOf(8) }),
    bytes: controlBytes(challengeBody),
  }),
  row({
    type: 'accept',
    body: acceptBody,
    values: fc.record({
      sessionId: hexOf(8),
      bootId: hexOf(8),
      ssrcBase: u32,
      streams: u16,
      packetsPerSecond: u32,
      lifetimeSeconds: u32,
      idleSeconds: u16,
      history: u32,
      egressTos: u8,
      capabilities,
    }),
    bytes: controlBytes(acceptBody),
  }),
  row({
    type: 'refused',
    body: refusedBody,
    values: fc.record({
      reason: fc.constantFrom(...REFUSED_REASONS),
      limit: u32,
      bootId: hexOf(8),
    }),
    bytes: controlBytes(refusedBody),
  }),
  row({
    type: 'receipt-request',
    body: receiptRequestBody,
    values: fc.record({
      sessionId: hexOf(8),
      stream: u16,
      firstSequence: u32,
      count: fc.constant(COUNT),
    }),
    bytes: receiptBytes(COUNT),
  }),
  row({
    type: 'receipt',
    body: receiptBody(COUNT),
    values: receipt,
    bytes: receiptBytes(COUNT),
  }),
  row({
    type: 'keep-alive',
    body: sessionNameBody,
    values: fc.record({ sessionId: hexOf(8) }),
    bytes: SESSION_NAME_BYTES,
  }),
  row({
    type: 'alive',
    body: aliveBody,
    values: fc.record({ bootId: hexOf(8), lifetimeSeconds: u32 }),
    bytes: controlBytes(aliveBody),
  }),
  row({
    type: 'closed',
    body: closedBody,
    values: fc.record({ bootId: hexOf(8) }),
    bytes: controlBytes(closedBody),
  }),
]

describe.each(MESSAGES.map((message) => [message.type, message] as const))(
  'control message %s',
  (type, { body, values, bytes }) => {
    const header = { type, transaction: '0123456789abcdef', keyId: 'branch.office-7' }
    const make = (value: unknown) => encodeControl(header, body, value, bytes, secret, hash)

    test('survives', () => {
      fc.assert(
        fc.property(values, (value) => {
          const datagram = make(value)
          expect(decodeControlHeader(datagram)).toEqual({ ok: true, value: header })
          expect(openControl(datagram, body, secret, hash)).toEqual({ ok: true, value })
        }),
        { numRuns: 20 },
      )
    })

    test('cut anywhere or with any bit turned it is refused', () => {
      const datagram = make(fc.sample(values, { numRuns: 1, seed: 7 })[0])
      for (let cut = 0; cut < datagram.length; cut += 1) {
        const short = datagram.subarray(0, cut)
        const head = decodeControlHeader(short)
        if (!head.ok) expect(head.error).toEqual({ code: 'truncated', offset: cut })
        else expect(openControl(short, body, secret, hash).ok).toBe(false)
      }
      for (let at = 0; at < datagram.length; at += 7) {
        const bent = datagram.slice()
        bent[at]! ^= 1 << (at % 8)
        expect(openControl(bent, body, secret, hash)).toMatchObject({ error: { code: 'bad-mac' } })
      }
    })

    test('another key does not open it', () => {
      const datagram = make(fc.sample(values, { numRuns: 1, seed: 7 })[0])
      const other = new TextEncoder().encode('another secret')
      expect(openControl(datagram, body, other, hash).ok).toBe(false)
    })
  },
)

test('no answer is longer than its question', () => {
  for (const body of [challengeBody, acceptBody, refusedBody])
    expect(controlBytes(body as Field<unknown>)).toBeLessThanOrEqual(OPEN_BYTES)
  for (const body of [aliveBody, closedBody, refusedBody])
    expect(controlBytes(body as Field<unknown>)).toBeLessThanOrEqual(SESSION_NAME_BYTES)
  for (let count = 1; count <= RECEIPT_MAX_COUNT; count += 97) {
    expect(controlBytes(receiptBody(count))).toBeLessThanOrEqual(receiptBytes(count))
    expect(controlBytes(refusedBody)).toBeLessThanOrEqual(receiptBytes(count))
  }
})

test('eight thousand sequence numbers fit one datagram of IPv6 minimum size', () => {
  expect(RECEIPT_MAX_COUNT).toBeGreaterThanOrEqual(8000)
  expect(receiptBytes(8000)).toBeLessThanOrEqual(1232)
})

test('a receipt request whose length belies its count is refused where it does', () => {
  const value = { sessionId: '00'.repeat(8), stream: 0, firstSequence: 0, count: 100 }
  const header = { type: 'receipt-request', transaction: '00'.repeat(8), keyId: 'k' } as const
  const make = (bytes: number) =>
    encodeControl(header, receiptRequestBody, value, bytes, secret, hash)
  const right = receiptBytes(100)
  expect(receiptCount(make(right))).toEqual({ ok: true, value: 100 })
  expect(receiptCount(make(right - 1))).toMatchObject({ error: { code: 'truncated' } })
  expect(receiptCount(make(right + 1))).toMatchObject({ error: { code: 'oversized' } })
})
