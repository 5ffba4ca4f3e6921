import type { Exhibit } from './exhibit.ts'

/** Envelopes and records that must not become evidence. */
export const RECORDS: readonly Exhibit[] = [
  {
    file: 'record/not-json.envelope',
    door: 'envelope',
    refused: 'not-json',
    why: 'cut in the middle, as a crash in the middle of a write leaves it',
  },
  {
    file: 'record/key-twice.envelope',
    door: 'envelope',
    refused: 'json-repeated-key',
    why: 'two payloads: one is verified, the other is used',
  },
  {
    file: 'record/key-twice-escaped.envelope',
    door: 'envelope',
    refused: 'json-repeated-key',
    why: 'the same key spelt once plainly and once with \\u escapes',
  },
  {
    file: 'record/unknown-key.envelope',
    door: 'envelope',
    refused: 'schema',
    why: 'a key that nobody knows must be refused, not stripped: what is signed is what is kept',
  },
  {
    file: 'record/base64-unpadded.envelope',
    door: 'envelope',
    refused: 'schema',
    why: 'base64 without its padding decodes, but its bytes have two spellings then',
  },
  {
    file: 'record/base64-loose-bits.envelope',
    door: 'envelope',
    refused: 'payload-encoding',
    why: 'the unused bits of the last character are set: another text for the same bytes',
  },
  {
    file: 'record/byte-order-mark.payload',
    door: 'payload',
    refused: 'not-json',
    why: 'a byte order mark before the JSON, as some editors write it',
  },
  {
    file: 'record/deep.payload',
    door: 'payload',
    refused: 'json-too-deep',
    why: 'lists in lists in lists: a recursive reader runs out of stack',
  },
  {
    file: 'record/poisoned-prototype.payload',
    door: 'payload',
    refused: 'schema',
    why: '__proto__ as an own key',
  },
  {
    file: 'record/sequence-beyond-safe.payload',
    door: 'payload',
    refused: 'schema',
    why: '2^53 + 1 cannot be told from 2^53: two records would share one place',
  },
]
