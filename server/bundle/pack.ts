import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { createGzip, gzipSync } from 'node:zlib'
import {
  BUNDLE_GZIP,
  type BundleLine,
  bundleHead,
  formatLine,
  HEAD_LENGTH,
} from '../../shared/evidence/bundle.ts'
import { bundleText, SectionTally } from '../../shared/evidence/bundle-write.ts'

/** Octet of a gzip header that names the system it was made on (RFC 1952 section 2.3.1): unknown. */
const SYSTEM_AT = 9
const SYSTEM_UNKNOWN = 255
/** Text is compressed in pieces of this many octets, however the lines came. */
const PIECE = 262_144
/** Octets of a file after which it is asked again whether there is room. */
const LOOK_EVERY = 4 * 2 ** 20

/** The whole file of a bundle. The same lines give the same octets. */
export function packBundle(lines: Iterable<BundleLine>): Uint8Array {
  const pieces: Buffer[] = []
  for (const text of bundleText(lines)) pieces.push(Buffer.from(text))
  const body = gzipSync(Buffer.concat(pieces), BUNDLE_GZIP)
  body[SYSTEM_AT] = SYSTEM_UNKNOWN
  const sha256 = createHash('sha256').update(body).digest('hex')
  return Buffer.concat([Buffer.from(bundleHead(sha256)), body])
}

/** The same file from lines that come one after the other: only its compressed octets are held. */
export async function packStream(lines: AsyncIterable<BundleLine>): Promise<Uint8Array> {
  const packed: Buffer[] = []
  const head = await compress(lines, (piece) => packed.push(piece))
  return Buffer.concat([head, ...packed])
}

/**
 * The same file, written as it comes: nothing of it is held.
 * @param file an open, empty file
 * @param room asked now and then whether to go on @throws what it throws, and what writing does
 * @returns its octets
 */
export async function packToFile(
  lines: AsyncIterable<BundleLine>,
  file: number,
  room: () => void,
): Promise<number> {
  let size = HEAD_LENGTH
  let looked = 0
  const head = await compress(lines, (piece) => {
    size += writeAll(file, piece, size)
    if (size - looked < LOOK_EVERY) return
    room()
    looked = size
  })
  writeAll(file, head, 0)
  return size
}

function writeAll(file: number, octets: Uint8Array, at: number): number {
  for (let done = 0; done < octets.length; ) {
    done += writeSync(file, octets, done, octets.length - done, at + done)
  }
  return octets.length
}

/** Hands on the compressed octets one after the other; what stands before them is known at the end. */
async function compress(
  lines: AsyncIterable<BundleLine>,
  take: (piece: Buffer) => void,
): Promise<Uint8Array> {
  const gzip = createGzip(BUNDLE_GZIP)
  const hash = createHash('sha256')
  let first = true
  gzip.on('data', (piece: Buffer) => {
    // The header is never split: zlib hands it on whole, with what follows.
    if (first) piece[SYSTEM_AT] = SYSTEM_UNKNOWN
    first = false
    hash.update(piece)
    try {
      take(piece)
    } catch (error) {
      gzip.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  })
  const ended = once(gzip, 'end')
  // Heard again below: an error before that must not pass for one that nobody waits for.
  ended.catch(() => {})
  try {
    for await (const piece of pieces(lines)) {
      if (!gzip.write(piece)) await once(gzip, 'drain')
    }
    gzip.end()
    await ended
    return Buffer.from(bundleHead(hash.digest('hex')))
  } finally {
    gzip.destroy()
  }
}

async function* pieces(lines: AsyncIterable<BundleLine>): AsyncGenerator<Buffer> {
  let text = ''
  const tally = new SectionTally()
  for await (const line of lines) {
    tally.add(line.kind)
    text += `${formatLine(line)}\n`
    if (text.length < PIECE) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(`${text}${formatLine({ kind: 'end', sections: tally.sections() })}\n`)
}
