import { createGunzip, type Gunzip } from 'node:zlib'
import { BUNDLE_FORMAT, HEAD_LENGTH, parseHead, versionOf } from '../evidence/bundle.ts'
import { ok, type Result, refuse } from '../result.ts'
import { LineSplitter, LineTooLong } from './split.ts'
import { nodeTools } from './tools.ts'

/** Most octets of lines that are unpacked: a hostile file must not fill the memory. */
const MOST_UNPACKED = 2_000_000_000
/** Octets unpacked at a time, and so many at most before they are asked for. */
const PIECE = 262_144
const PIECES_AHEAD = 4

export interface OpenedFile {
  /** SHA-256 of the whole file, lower-case hexadecimal: what two parties compare first. */
  readonly sha256: string
  /** Its lines, unpacked anew at each call. @throws UnpackError in the middle, where it is no gzip */
  readonly lines: () => AsyncIterable<readonly Uint8Array[]>
}

/** The octets after the first line are not what a bundle is packed as. */
export class UnpackError extends Error {}

/** Opens the octets of a bundle; the reason when they are none, or not as they were made. */
export function openBundleFile(bytes: Uint8Array): Result<OpenedFile, string> {
  const head = Buffer.from(bytes.subarray(0, HEAD_LENGTH)).toString('latin1')
  const stated = parseHead(head)
  if (stated === null) return refuse(strange(head))
  const body = bytes.subarray(HEAD_LENGTH)
  if (nodeTools.sha256hex(body) !== stated)
    return refuse(
      'the file was changed or cut short: its hash is not the one it states; get it again',
    )
  const sha256 = nodeTools.sha256hex(bytes)
  return ok({ sha256, lines: () => linesOf(body) })
}

function strange(head: string): string {
  const version = versionOf(head)
  if (version === null)
    return 'the first line is not that of a bundle; name a file that voip-ready bundle made'
  const own = versionOf(`${BUNDLE_FORMAT} `)
  if (version === own) return 'its first line was changed or cut short; get it again'
  return `a bundle of format ${version}: this program reads ${own}, take the one that it came with`
}

async function* linesOf(body: Uint8Array): AsyncGenerator<readonly Uint8Array[]> {
  const splitter = new LineSplitter()
  try {
    for await (const piece of unpacked(body)) yield splitter.push(piece)
  } catch (error) {
    throw error instanceof LineTooLong ? new UnpackError(error.message) : error
  }
  yield splitter.end()
}

async function* unpacked(body: Uint8Array): AsyncGenerator<Buffer> {
  // Every stream takes this one; the types of zlib leave it out.
  const stream = { highWaterMark: PIECES_AHEAD * PIECE }
  const gunzip = createGunzip({ chunkSize: PIECE, ...stream })
  gunzip.end(body)
  let octets = 0
  try {
    for await (const piece of piecesOf(gunzip)) {
      octets += piece.length
      if (octets > MOST_UNPACKED) throw new Error(`more than ${MOST_UNPACKED} octets`)
      yield piece
    }
  } catch (error) {
    throw new UnpackError(error instanceof Error ? error.message : 'unknown')
  }
}

/** What is unpacked, piece by piece: read as a stream is by itself, pieces that wait are copied into one. */
async function* piecesOf(gunzip: Gunzip): AsyncGenerator<Buffer> {
  let failed: Error | null = null
  let wake = () => {}
  for (const event of ['readable', 'end', 'close'] as const) gunzip.on(event, () => wake())
  gunzip.on('error', (error) => {
    failed = error
    wake()
  })
  try {
    while (failed === null && !gunzip.readableEnded) {
      const piece: Buffer | null = gunzip.read(PIECE) ?? gunzip.read()
      if (piece !== null) yield piece
      else if (!gunzip.readableEnded) await new Promise<void>((resolve) => (wake = resolve))
    }
    if (failed !== null) throw failed
  } finally {
    gunzip.destroy()
  }
}
