import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyedHash } from '../../../agent/engine/keyed-hash.ts'
import { greetingFor } from '../../../shared/wire/port-greetings.ts'
import {
  decodeProof,
  encodeProof,
  type PortProof,
  PROOF_BYTES,
  proofIsSealed,
} from '../../../shared/wire/port-proof.ts'

const secret = new TextEncoder().encode('s'.repeat(32))
const hex = (octets: number) =>
  fc
    .uint8Array({ minLength: octets, maxLength: octets })
    .map((bytes) => Buffer.from(bytes).toString('hex'))
const proofs: fc.Arbitrary<PortProof> = fc.record({
  kind: fc.constantFrom('question', 'answer'),
  keyId: fc.stringMatching(/^[a-z0-9._-]{1,32}$/),
  ...{ run: hex(8), attempt: hex(8), who: hex(8) },
  proto: fc.constantFrom('tcp', 'udp'),
  leg: fc.constantFrom('out', 'back'),
  port: fc.integer({ min: 0, max: 65_535 }),
})

test('any proof comes back as it was written, sealed; question and answer have one length', () => {
  fc.assert(
    fc.property(proofs, (proof) => {
      const bytes = encodeProof(proof, secret, keyedHash)
      expect(bytes).toHaveLength(PROOF_BYTES)
      expect(decodeProof(bytes)).toEqual({ ok: true, value: proof })
      expect(proofIsSealed(bytes, secret, keyedHash)).toBe(true)
    }),
  )
})

test('one bit anywhere, or another key, breaks the seal', () => {
  fc.assert(
    fc.property(proofs, fc.nat(PROOF_BYTES * 8 - 1), (proof, bit) => {
      const bytes = encodeProof(proof, secret, keyedHash)
      expect(proofIsSealed(bytes, secret.slice(1), keyedHash)).toBe(false)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      expect(proofIsSealed(bytes, secret, keyedHash)).toBe(false)
    }),
  )
})

test('what is not a proof is refused, never thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(decodeProof(bytes).ok).toBe(false)
    }),
  )
})

test('no server is believed for octets that do not answer the question asked of it', () => {
  const ports = fc.constantFrom(5060, 8060, 123, 161, 53)
  const answers = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .constantFrom('SIP/2.0 200 OK\r\nCall-ID: another\r\n\r\n', 'SIP/2.0 200 OK\r\n\r\n')
      .map((text) => new TextEncoder().encode(text)),
  )
  fc.assert(
    fc.property(ports, hex(16), answers, (port, nonce, answer) => {
      const greeting = greetingFor(port, nonce)
      if (greeting === null || greeting === 'one-way') throw new Error('a protocol was expected')
      expect(greeting.accept(answer)).not.toBe('proven')
      expect(greeting.accept(greeting.question)).not.toBe('proven')
    }),
  )
})
