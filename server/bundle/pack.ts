import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createGzip, gzipSync } from 'node:zlib'
import {
  BUNDLE_GZIP,
  type BundleLine,
  bundleHead,
  formatLine,
} from '../../shared/evidence/bundle.ts'
import { bundleText, SectionTally } from '../../shared/evidence/bundle-write.ts'

/** Octet of a gzip header that names the system it was made on (RFC 1952 section 2.3.1): unknown. */
const SYSTEM_AT = 9
const SYSTEM_UNKNOWN = 255
/** Text is compressed in pieces of this many octets, however the lines came. */
const PIECE = 262_144

/** The whole file of a bundle. The same lines give the same octets. */
export function packBundle(lines: Iterable<BundleLine>): Uint8Array {
  const pieces: Buffer[] = []
  for (const text of bundleText(lines, newDigest)) pieces.push(Buffer.from(text))
  return finished([gzipSync(Buffer.concat(pieces), BUNDLE_GZIP)])
}

/** The same file from lines that come one after the other: only its compressed octets are held. */
export async function packStream(lines: AsyncIterable<BundleLine>): Promise<Uint8Array> {
  const gzip = createGzip(BUNDLE_GZIP)
  const packed: Buffer[] = []
  gzip.on('data', (piece: Buffer) => packed.push(piece))
  const ended = once(gzip, 'end')
  // Heard again below: an error before that must not pass for one that nobody waits for.
  ended.catch(() => {})
  try {
    for await (const piece of pieces(lines)) {
      if (!gzip.write(piece)) await once(gzip, 'drain')
    }
    gzip.end()
    await ended
    return finished(packed)
  } finally {
    gzip.destroy()
  }
}

async function* pieces(lines: AsyncIterable<BundleLine>): AsyncGenerator<Buffer> {
  let text = ''
  const tally = new SectionTally(newDigest)
  for await (const line of lines) {
    const one = formatLine(line)
    tally.add(line.kind, one)
    text += `${one}\n`
    if (text.length < PIECE) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(`${text}${formatLine({ kind: 'end', sections: tally.sections() })}\n`)
}

function newDigest() {
  const hash = createHash('sha256')
  return {
    update: (line: string | Uint8Array) => void hash.update(line),
    hex: () => hash.digest('hex'),
  }
}

function finished(packed: readonly Buffer[]): Uint8Array {
  const body = Buffer.concat(packed)
  body[SYSTEM_AT] = SYSTEM_UNKNOWN
  const sha256 = createHash('sha256').update(body).digest('hex')
  return Buffer.concat([Buffer.from(bundleHead(sha256)), body])
}
