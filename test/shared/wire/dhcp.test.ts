import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DHCP, type DhcpMessage, decodeDhcp, encodeDhcp } from '../../../shared/wire/dhcp.ts'

const address = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((a) => a.join('.'))
const text = (most: number) => fc.stringMatching(new RegExp(`^[!-~]{0,${most}}$`))
const code = fc.integer({ min: 1, max: 254 }).filter((one) => one !== 52)
const options = fc
  .uniqueArray(fc.tuple(code, fc.uint8Array({ maxLength: 600 })), {
    selector: ([one]) => one,
    maxLength: 8,
  })
  .map((list) => new Map(list))
const message: fc.Arbitrary<DhcpMessage> = fc.record({
  op: fc.constantFrom('request', 'reply'),
  xid: fc.nat(2 ** 32 - 1),
  secs: fc.nat(65535),
  broadcast: fc.boolean(),
  ciaddr: address,
  yiaddr: address,
  siaddr: address,
  giaddr: address,
  chaddr: fc.uint8Array({ maxLength: 16 }),
  sname: text(63),
  file: text(127),
  options,
})

const PLAIN: DhcpMessage = {
  ...{ op: 'reply', xid: 7, secs: 0, broadcast: false, ciaddr: '0.0.0.0', yiaddr: '10.0.0.9' },
  ...{ siaddr: '0.0.0.0', giaddr: '0.0.0.0', chaddr: new Uint8Array(6), sname: '', file: '' },
  options: new Map([[DHCP.messageType, Uint8Array.of(DHCP.offer)]]),
}
/** A message whose options field holds these octets. */
function withOptions(...octets: number[]): Uint8Array {
  return Uint8Array.from([...encodeDhcp(PLAIN).subarray(0, 240), ...octets])
}

test('what is written is read back, options of any length included (RFC 3396)', () => {
  fc.assert(
    fc.property(message, (sent) => {
      const read = decodeDhcp(encodeDhcp(sent))
      expect(read).toEqual({ ok: true, value: sent })
    }),
  )
})

test('cut anywhere it is truncated, never half read', () => {
  const whole = encodeDhcp({ ...PLAIN, options: new Map([[160, new Uint8Array(300).fill(65)]]) })
  const end = whole.lastIndexOf(255)
  for (let length = 0; length <= end; length++)
    expect(decodeDhcp(whole.subarray(0, length))).toMatchObject({ error: { code: 'truncated' } })
  expect(decodeDhcp(whole.subarray(0, end + 1)).ok).toBe(true)
})

test('whatever comes, it is read or refused, and nothing is thrown', () => {
  const head = encodeDhcp(PLAIN).subarray(0, 240)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), fc.boolean(), (octets, ours) => {
      const bytes = ours ? Uint8Array.from([...head, ...octets]) : octets
      expect(typeof decodeDhcp(bytes).ok).toBe('boolean')
    }),
  )
})

test('options go on in file and then in sname, where option 52 says so', () => {
  const bytes = withOptions(53, 1, 2, 67, 1, 65, 52, 1, 3, 255)
  bytes.set([67, 1, 66, 255], 108)
  bytes.set([67, 2, 67, 68, 0, 255], 44)
  const read = decodeDhcp(bytes)
  if (!read.ok) throw new Error(read.error.code)
  expect(read.value.options.get(67)).toEqual(Uint8Array.of(65, 66, 67, 68))
  expect([...read.value.options.keys()]).toEqual([53, 67])
  expect([read.value.file, read.value.sname]).toEqual(['', ''])
})

test.each([
  ['an overload of nothing', [52, 1, 0, 255], 'bad-value'],
  ['an overload of two octets', [52, 2, 1, 1, 255], 'bad-value'],
  ['a field that should hold options and has no end', [52, 1, 1, 255], 'truncated'],
  ['an option longer than the message', [67, 200, 1, 255], 'truncated'],
  ['a code without length', [67], 'truncated'],
  ['no end', [53, 1, 2], 'truncated'],
])('%s is refused', (_what, octets, code) => {
  expect(decodeDhcp(withOptions(...octets))).toMatchObject({ error: { code } })
})

test('another cookie, another op and too long an address are refused', () => {
  const change = (at: number, octet: number) => {
    const bytes = encodeDhcp(PLAIN)
    bytes[at] = octet
    return decodeDhcp(bytes)
  }
  expect(change(236, 1)).toMatchObject({ error: { code: 'bad-type', offset: 236 } })
  expect(change(0, 3)).toMatchObject({ error: { code: 'bad-type', offset: 0 } })
  expect(change(2, 17)).toMatchObject({ error: { code: 'bad-value', offset: 2 } })
})

test('the frame’s own codes cannot be given as options', () => {
  for (const own of [0, 52, 255]) {
    const options = new Map([[own, Uint8Array.of(1)]])
    expect(() => encodeDhcp({ ...PLAIN, options })).toThrow(RangeError)
  }
})
