/**
 * Public keys of Ed25519 that prove nothing: the points of small order (RFC 8032 section 5.1, RFC 7748
 * section 7), whose signatures anybody can make for any message, and coordinates that are not below the
 * field's prime, by which one key would have two names. RFC 8032 leaves both to who verifies.
 */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) =>
  Array.from({ length: 32 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16)),
)

/** True for a raw key of 32 octets that is no one person's. */
export function isWeakKey(publicKey: Uint8Array): boolean {
  // The highest bit is the sign of the other coordinate.
  const octet = (at: number) => (publicKey[at] ?? 0) & (at === 31 ? 0x7f : 0xff)
  if (SMALL_ORDER.some((point) => point.every((one, at) => octet(at) === one))) return true
  // The prime is 2^255 - 19.
  if (octet(0) < 0xed || octet(31) !== 0x7f) return false
  return publicKey.subarray(1, 31).every((one) => one === 0xff)
}
