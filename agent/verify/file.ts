import { createHash, hash } from 'node:crypto'
import { createGunzip, deflateRawSync, inflateRawSync } from 'node:zlib'
import { HEAD_LENGTH, otherVersion, parseHead } from '../../shared/evidence/bundle.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { toHex } from '../../shared/evidence/octets.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'

/** Most octets of lines that are unpacked: a hostile file must not fill the memory. */
const MOST_UNPACKED = 2_000_000_000
/** Octets unpacked at a time. */
const PIECE = 262_144

export interface OpenedFile {
  /** SHA-256 of the whole file, lower-case hexadecimal: what two parties compare first. */
  readonly sha256: string
  /** Its lines, unpacked anew at each call. @throws UnpackError in the middle, where it is no gzip */
  readonly lines: () => AsyncIterable<string>
}

/** The octets after the first line are not what a bundle is packed as. */
export class UnpackError extends Error {}

/** Opens the octets of a bundle; the reason when they are none, or not as they were made. */
export function openBundleFile(bytes: Uint8Array): Result<OpenedFile, string> {
  const head = Buffer.from(bytes.subarray(0, HEAD_LENGTH)).toString('latin1')
  const stated = parseHead(head)
  if (stated === null) return refuse(strange(head))
  const body = bytes.subarray(HEAD_LENGTH)
  if (sha256(body) !== stated)
    return refuse('the file was changed: its hash is not the one it states')
  return ok({ sha256: sha256(bytes), lines: () => linesOf(body) })
}

function strange(head: string): string {
  const version = otherVersion(head)
  if (version === null) return 'the first line is not that of a bundle'
  return `a bundle of format ${version}: this program reads 1 and 2, take the one that it came with`
}

/** What verifying needs of this machine. */
export const nodeTools = {
  ...nodeCrypto,
  sha256hex: (bytes: Uint8Array) => hash('sha256', bytes),
  base64: (text: string) => Buffer.from(text, 'utf8').toString('base64'),
  // What is not the canonical spelling of anything does not come back as it was.
  fromBase64: (text: string) => {
    const octets = Buffer.from(text, 'base64')
    return octets.toString('base64') === text ? octets : null
  },
  pack: (text: string) => deflateRawSync(text, { level: 1 }),
  unpack: (bytes: Uint8Array) => inflateRawSync(bytes).toString('utf8'),
  newDigest: () => {
    const hash = createHash('sha256')
    // A copy: a file with two ends asks twice.
    const hex = () => hash.copy().digest('hex')
    return { update: (text: string) => void hash.update(text), hex }
  },
}

async function* linesOf(body: Uint8Array): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of unpacked(body)) {
    const text = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    let at = 0
    for (let end = text.indexOf(0x0a); end !== -1; end = text.indexOf(0x0a, at)) {
      yield text.toString('utf8', at, end)
      at = end + 1
    }
    rest = text.subarray(at)
  }
  if (rest.length > 0) yield rest.toString('utf8')
}

async function* unpacked(body: Uint8Array): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: PIECE })
  gunzip.end(body)
  let octets = 0
  try {
    for await (const piece of gunzip) {
      octets += piece.length
      if (octets > MOST_UNPACKED) throw new Error(`more than ${MOST_UNPACKED} octets`)
      yield piece
    }
  } catch (error) {
    throw new UnpackError(error instanceof Error ? error.message : 'unknown')
  }
}

const sha256 = (bytes: Uint8Array): string => toHex(nodeCrypto.sha256(bytes))
