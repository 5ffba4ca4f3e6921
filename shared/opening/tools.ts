import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { nodeCrypto, octetsOf } from '../evidence/node-crypto.ts'

/** What is packed is unpacked by the same process: speed counts, and 256 kB of window are enough. */
const FAST = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 0, [constants.BROTLI_PARAM_LGWIN]: 18 },
}

/** What verifying needs of this machine. */
export const nodeTools = {
  ...nodeCrypto,
  sha256hex: (bytes: Uint8Array) => hash('sha256', bytes),
  sha256ofText: (text: string) => octetsOf(hash('sha256', text, 'binary')),
  isUtf8,
  base64: (bytes: Uint8Array) => bufferOf(bytes).toString('base64'),
  text: (bytes: Uint8Array) => bufferOf(bytes).toString('utf8'),
  // What is not the canonical spelling of anything does not come back as it was.
  fromBase64: (text: string) => {
    const octets = Buffer.from(text, 'base64')
    return octets.toString('base64') === text ? octets : null
  },
  // A copy: what zlib gives is a part of something larger, which would be held with it.
  pack: (bytes: Uint8Array) => Uint8Array.from(brotliCompressSync(bytes, FAST)),
  unpack: (bytes: Uint8Array) => brotliDecompressSync(bytes),
}

function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length)
}
