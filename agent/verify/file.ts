import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { HEAD_LENGTH, parseHead } from '../../shared/evidence/bundle.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { toHex } from '../../shared/evidence/octets.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'

/** Most octets of lines that are unpacked: a hostile file must not fill the memory. */
const MOST_UNPACKED = 2_000_000_000

export interface OpenedFile {
  /** SHA-256 of the whole file, lower-case hexadecimal: what two parties compare first. */
  readonly sha256: string
  readonly lines: Iterable<string>
}

/** Opens the octets of a bundle; the reason when they are none, or not as they were made. */
export function openBundleFile(bytes: Uint8Array): Result<OpenedFile, string> {
  const stated = parseHead(Buffer.from(bytes.subarray(0, HEAD_LENGTH)).toString('latin1'))
  if (stated === null) return refuse('the first line is not that of a bundle')
  const body = bytes.subarray(HEAD_LENGTH)
  if (sha256(body) !== stated)
    return refuse('the file was changed: its hash is not the one it states')
  try {
    const text = gunzipSync(body, { maxOutputLength: MOST_UNPACKED })
    return ok({ sha256: sha256(bytes), lines: linesOf(text) })
  } catch (error) {
    return refuse(`cannot be unpacked: ${error instanceof Error ? error.message : 'unknown'}`)
  }
}

/** What verifying needs of this machine. */
export const nodeTools = {
  ...nodeCrypto,
  base64: (text: string) => Buffer.from(text, 'utf8').toString('base64'),
  newDigest: () => {
    const hash = createHash('sha256')
    return { update: (text: string) => void hash.update(text), hex: () => hash.digest('hex') }
  },
}

function* linesOf(text: Buffer): Generator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf(0x0a, at)
    const end = found === -1 ? text.length : found
    yield decoder.decode(text.subarray(at, end))
    at = end + 1
  }
}

const sha256 = (bytes: Uint8Array): string => toHex(nodeCrypto.sha256(bytes))
