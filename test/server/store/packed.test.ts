import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256hex } from '../../../config/load.ts'
import { PACK_WORDS } from '../../../server/store/pack-words.ts'
import { packPayload, unpackPayload } from '../../../server/store/packed.ts'
import { record } from '../support/fixtures.ts'

test('the words of the packing are what they were: stored records need them', () => {
  expect(sha256hex(Buffer.from(PACK_WORDS))).toBe(
    'a8e617ce6d8998d070274c48d7acfa283cf2b7a796155e5984641b6bef622bb9',
  )
})

test('whatever was packed comes back to the byte, with words and from before there were any', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), (payload) => {
      expect(unpackPayload(packPayload(payload)).equals(payload)).toBe(true)
      expect(unpackPayload(deflateRawSync(payload, { level: 1 })).equals(payload)).toBe(true)
    }),
  )
})

test('a record takes less than a fifth of its size, and much less than without the words', () => {
  const payload = Buffer.from(JSON.stringify(record('a'.repeat(64))))
  const packed = packPayload(payload).length
  expect(packed).toBeLessThan(payload.length / 5)
  expect(packed).toBeLessThan(deflateRawSync(payload).length * 0.7)
})

test('what is no packed record is refused', () => {
  expect(() => unpackPayload(Buffer.from([0xff, 0xff, 0xff]))).toThrow()
})
