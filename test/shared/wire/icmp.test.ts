import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeIcmp4, decodeIcmp6, internetChecksum } from '../../../shared/wire/icmp.ts'
import { ipv6Text } from '../../../shared/wire/ip-text.ts'

const bytes = (text: string): Uint8Array =>
  Uint8Array.from((text.match(/[0-9a-f]{2}/g) ?? []).map((pair) => Number.parseInt(pair, 16)))
const UDP = '9c40 0fa0 00b4 1964'
const IP4 = '45b8 00c8 0000 4000 0111 0000 0a4d0101 0a4d0402'
const OUTER = '45c0 0000 0000 0000 4001 0000 0a4d0202 0a4d0101'

/** An ICMP message with its right checksum. */
function icmp4(type: number, code: number, rest: string, quote: string): Uint8Array {
  const message = bytes(
    `${[type, code].map((n) => n.toString(16).padStart(2, '0')).join('')}0000 ${rest} ${quote}`,
  )
  const sum = internetChecksum(message)
  message[2] = sum >> 8
  message[3] = sum & 0xff
  return Uint8Array.from([...bytes(OUTER), ...message])
}

test('time exceeded quotes the mark, the TTL, the ports and what follows of the payload', () => {
  const read = decodeIcmp4(icmp4(11, 0, '00000000', `${IP4} ${UDP} 80000007`))
  expect(read).toMatchObject({
    ok: true,
    value: {
      kind: 'time-exceeded',
      quoted: {
        ...{ family: 4, source: '10.77.1.1', destination: '10.77.4.2', tos: 184, ttl: 1 },
        ...{ sourcePort: 40_000, destinationPort: 4000, udpLength: 180, udpChecksum: 0x1964 },
        payload: bytes('80000007'),
      },
    },
  })
})

test('RFC 792 allows a quote of eight octets: then there is no payload', () => {
  const read = decodeIcmp4(icmp4(11, 0, '00000000', `${IP4} ${UDP}`))
  expect(read.ok && read.value.quoted.payload.length).toBe(0)
})

test.each([
  [3, 13, 'unreachable', '00000000', 0],
  [3, 3, 'unreachable', '00000000', 0],
  [3, 4, 'too-big', '00000578', 1400],
  [3, 4, 'too-big', '00000000', 0],
])('type %i code %i is %s', (type, code, kind, rest, mtu) => {
  const read = decodeIcmp4(icmp4(type, code, rest, `${IP4} ${UDP}`))
  expect(read).toMatchObject({ ok: true, value: { kind, code, mtu } })
})

test.each([
  ['an echo reply', icmp4(0, 0, '00000000', `${IP4} ${UDP}`), 'bad-type'],
  ['reassembly time exceeded', icmp4(11, 1, '00000000', `${IP4} ${UDP}`), 'bad-type'],
  [
    'a quote of TCP',
    icmp4(11, 0, '00000000', `${IP4.replace('0111', '0106')} ${UDP}`),
    'bad-value',
  ],
  ['seven octets of UDP', icmp4(11, 0, '00000000', `${IP4} ${UDP.slice(0, -2)}`), 'truncated'],
  ['a header length of 16', icmp4(11, 0, '00000000', `44${IP4.slice(2)} ${UDP}`), 'bad-value'],
])('%s is refused', (_name, message, code) => {
  expect(decodeIcmp4(message)).toMatchObject({ ok: false, error: { code } })
})

test('one flipped bit of an ICMP message is a wrong checksum, or no message of ours', () => {
  const good = icmp4(11, 0, '00000000', `${IP4} ${UDP} 80000007`)
  fc.assert(
    fc.property(
      fc.integer({ min: 20, max: good.length - 1 }),
      fc.integer({ min: 0, max: 7 }),
      (at, bit) => {
        const bad = good.slice()
        bad[at]! ^= 1 << bit
        expect(decodeIcmp4(bad).ok).toBe(false)
      },
    ),
  )
})

test('ICMPv6 names the traffic class and a 32-bit MTU', () => {
  const six =
    '6b80 0000 00b4 1101 fd770000000000010000000000000001 fd770000000000040000000000000002'
  const read = decodeIcmp6(bytes(`0200 0000 00000500 ${six} ${UDP} 80`))
  expect(read).toMatchObject({
    ok: true,
    value: {
      ...{ kind: 'too-big', mtu: 1280 },
      quoted: {
        family: 6,
        source: 'fd77:0:0:1::1',
        destination: 'fd77:0:0:4::2',
        tos: 184,
        ttl: 1,
      },
    },
  })
})

test('any bytes are read or refused, and never thrown at', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
      for (const read of [decodeIcmp4(any), decodeIcmp6(any)])
        if (!read.ok) expect(read.error.offset).toBeLessThanOrEqual(any.length)
    }),
  )
})

test.each([
  ['00000000000000000000000000000001', '::1'],
  ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
  ['fe800000000000000000000000000000', 'fe80::'],
  ['20010db8000100010001000100000001', '2001:db8:1:1:1:1:0:1'],
])('%s is written %s', (octets, text) => {
  expect(ipv6Text(bytes(octets), 0)).toBe(text)
})
