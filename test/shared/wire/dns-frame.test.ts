import { type Answer, encode } from 'dns-packet'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkDnsFrame } from '../../../shared/wire/dns-frame.ts'

const label = fc.stringMatching(/^[a-z0-9_-]{1,12}$/)
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
const byte = fc.nat(255)
const record: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({
    type: fc.constant('A' as const),
    name,
    data: fc.tuple(byte, byte, byte, byte).map((a) => a.join('.')),
  }),
  fc.record({ type: fc.constant('CNAME' as const), name, data: name }),
  fc.record({
    type: fc.constant('SRV' as const),
    name,
    data: fc.record({ port: fc.nat(65535), priority: fc.nat(9), weight: fc.nat(9), target: name }),
  }),
  fc.record({ type: fc.constant('TXT' as const), name, data: label }),
)
const message = fc
  .tuple(fc.nat(65535), name, fc.array(record, { maxLength: 5 }))
  .map(([id, asked, answers]) => ({
    id,
    answers: answers.length,
    bytes: encode({ type: 'response', id, questions: [{ type: 'A', name: asked }], answers }),
  }))

test('what another implementation writes is whole', () => {
  fc.assert(
    fc.property(message, ({ id, answers, bytes }) => {
      expect(checkDnsFrame(bytes)).toEqual({ ok: true, value: { id, answers } })
    }),
  )
})

test('cut anywhere, or longer by an octet, it is not', () => {
  fc.assert(
    fc.property(message, fc.double({ min: 0, max: 1, noNaN: true }), ({ bytes }, share) => {
      const cut = bytes.subarray(0, Math.floor(share * (bytes.length - 1)))
      expect(checkDnsFrame(cut)).toMatchObject({ error: { code: 'truncated' } })
      const longer = Buffer.concat([bytes, Buffer.from([0])])
      expect(checkDnsFrame(longer)).toEqual({
        ok: false,
        error: { code: 'oversized', offset: bytes.length },
      })
    }),
  )
})

const WHOLE = encode({
  type: 'response',
  id: 1,
  questions: [{ type: 'A', name: 'a.b' }],
  answers: [{ type: 'A', name: 'a.b', data: '192.0.2.1' }],
})
const LENGTH = WHOLE.length - 5

test('an address that says it has five octets is none, however many follow', () => {
  const wrong = Buffer.concat([WHOLE, Buffer.from([9])])
  wrong[LENGTH] = 5
  expect(checkDnsFrame(wrong)).toMatchObject({ error: { code: 'bad-value' } })
})

test.each([
  ['a pointer to itself', [0xc0, 12]],
  ['a pointer forward', [0xc0, 40]],
  ['a label with a dot inside', [3, 0x61, 0x2e, 0x62, 0]],
  ['a label of a reserved kind', [0x80, 0x61]],
])('%s is no name', (_what, octets) => {
  const bytes = Buffer.concat([WHOLE.subarray(0, 12), Buffer.from(octets), WHOLE.subarray(17)])
  expect(checkDnsFrame(bytes)).toMatchObject({ error: { code: 'bad-value' } })
})

test('whatever comes, it is accepted or refused, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(typeof checkDnsFrame(bytes).ok).toBe('boolean')
    }),
  )
})
