import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyEnvelope, openEnvelope, usualEnvelope } from '../../../server/ingest/envelope.ts'
import { envelope } from '../support/fixtures.ts'

const signed = (payload: Uint8Array, signatures: readonly object[]) =>
  JSON.stringify({ ...JSON.parse(envelope(payload)), signatures })
const signature = { keyid: '0011223344556677', sig: Buffer.alloc(64, 7).toString('base64') }

test('what agents write is opened the short way, whatever the payload', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(4), (payload, many) => {
      const bytes = Buffer.from(
        signed(
          payload,
          Array.from({ length: many }, () => signature),
        ),
      )
      const usual = usualEnvelope(bytes)
      expect(usual).not.toBeNull()
      expect({ ok: true, value: usual }).toEqual(anyEnvelope(bytes))
    }),
  )
})

test('with a piece changed, the short way says what the long way says, or leaves it to it', () => {
  const good = Buffer.from(signed(Buffer.from('{"a":1,"b":[2,3]}'), [signature]))
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc
      .constantFrom('=', 'Q', '"', ',', '\\u0041', '","payload":"', ' ')
      .map((text) => Buffer.from(text)),
  )
  fc.assert(
    fc.property(fc.nat(good.length), fc.nat(3), piece, (at, cut, put) => {
      const bytes = Buffer.concat([good.subarray(0, at), put, good.subarray(at + cut)])
      const usual = usualEnvelope(bytes)
      const whole = anyEnvelope(bytes)
      if (usual !== null) expect(whole).toEqual({ ok: true, value: usual })
      expect(openEnvelope(bytes)).toEqual(whole)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['spaces', (text: string) => text.replace(',"signatures"', ', "signatures"')],
  [
    'another order',
    (text: string) =>
      JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse())),
  ],
])('%s: another spelling is read all the same', (_name, change) => {
  const bytes = Buffer.from(change(signed(Buffer.from('{}'), [signature])))
  expect(openEnvelope(bytes)).toMatchObject({ ok: true, value: { payload: Buffer.from('{}') } })
})
