import { gunzipSync, inflateSync } from 'node:zlib'
import { ok, type Result, refuse } from '../../shared/result.ts'
import type { IngestRefusal } from './refusals.ts'

/** Content codings that bodies may come in (RFC 9110 section 8.4.1); `identity` is none at all. */
export const ENCODINGS = ['identity', 'gzip', 'x-gzip', 'deflate'] as const
export type Encoding = (typeof ENCODINGS)[number]

const UNPACK = { gzip: gunzipSync, 'x-gzip': gunzipSync, deflate: inflateSync } as const

/** Pieces of what is unpacked, bytes: what fits into one is not copied again. */
const SMALLEST_PIECE = 16 * 1024
const LARGEST_PIECE = 1024 * 1024
/** How much larger a body becomes, at a guess, where it does not say. */
const USUAL_GROWTH = 8

/** What a Content-Encoding header names, in any case of letters; null: nothing that is known here. */
export function encodingOf(header: string | undefined): Encoding | null {
  const name = (header ?? 'identity').trim().toLowerCase()
  return ENCODINGS.find((one) => one === name) ?? null
}

/**
 * Unpacks a body, and stops at `maxBytes`: a few kilobytes that would grow into gigabytes cost no
 * more memory than an honest batch.
 *
 * @param maxBytes largest size of what comes out, bytes
 * @returns the bytes; or a refusal: `unpacked-too-large` past the limit, `bad-encoding` for bytes that
 *   are not what the header says or that end too early
 */
export function decompress(
  body: Uint8Array,
  encoding: Encoding,
  maxBytes: number,
): Result<Uint8Array, IngestRefusal> {
  if (encoding === 'identity') return ok(body)
  try {
    const chunkSize = Math.min(
      maxBytes,
      LARGEST_PIECE,
      Math.max(SMALLEST_PIECE, sizeOf(body, encoding)),
    )
    return ok(UNPACK[encoding](body, { maxOutputLength: maxBytes, chunkSize }))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      return refuse({
        ...{ code: 'unpacked-too-large', where: 'body' },
        ...{ wanted: `at most ${maxBytes} bytes once unpacked`, found: 'more' },
      })
    }
    const wanted = `${encoding}, as the header Content-Encoding says`
    return refuse({ code: 'bad-encoding', where: 'body', wanted, found: code })
  }
}

/** How much will come out, bytes, as a body says or is guessed: memory is asked for by it, and no more. */
function sizeOf(body: Uint8Array, encoding: Encoding): number {
  if (encoding === 'deflate' || body.length < 4) return USUAL_GROWTH * body.length
  // RFC 1952 section 2.3.1: ISIZE; one more, because a full piece is followed by another.
  const { buffer, byteOffset, byteLength } = body
  return new DataView(buffer, byteOffset + byteLength - 4, 4).getUint32(0, true) + 1
}
