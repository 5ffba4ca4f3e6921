import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { PACK_WORDS } from './pack-words.ts'

const dictionary = Buffer.from(PACK_WORDS)
/**
 * Small pieces: a whole record fits into a few, and larger ones cost more to make than they save. The
 * window holds the words and a record, and what zlib asks for then is small enough to be had from
 * memory that was in use before.
 */
const HOW = { level: 3, chunkSize: 4096, windowBits: 14, memLevel: 6, dictionary } as const

/** Payload bytes as they are kept and held: raw deflate (RFC 1951) after the words of pack-words.ts. */
export function packPayload(payload: Uint8Array): Uint8Array {
  return deflateRawSync(payload, HOW)
}

/**
 * The payload bytes again; also of records that were packed before there were words.
 * @throws Error for bytes that {@link packPayload} did not make
 */
export function unpackPayload(packed: Uint8Array): Buffer {
  return inflateRawSync(packed, { dictionary })
}
