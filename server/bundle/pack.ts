import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type BundleLine, bundleHead } from '../../shared/evidence/bundle.ts'
import { bundleText } from '../../shared/evidence/bundle-write.ts'

/** Octet of a gzip header that names the system it was made on (RFC 1952 section 2.3.1): unknown. */
const SYSTEM_AT = 9
const SYSTEM_UNKNOWN = 255

/** The whole file of a bundle. The same lines give the same octets. */
export function packBundle(lines: Iterable<BundleLine>): Uint8Array {
  const newDigest = () => {
    const hash = createHash('sha256')
    return { update: (text: string) => void hash.update(text), hex: () => hash.digest('hex') }
  }
  const pieces: Buffer[] = []
  for (const text of bundleText(lines, newDigest)) pieces.push(Buffer.from(text))
  const body = gzipSync(Buffer.concat(pieces), { level: 9 })
  body[SYSTEM_AT] = SYSTEM_UNKNOWN
  const sha256 = createHash('sha256').update(body).digest('hex')
  return Buffer.concat([Buffer.from(bundleHead(sha256)), body])
}
