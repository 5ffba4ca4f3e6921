/**
 * Payload that does not compress, so that a link which compresses or deduplicates cannot look better
 * than it is for voice. Xorshift32 (Marsaglia 2003): fast, reproducible, no secret in it.
 *
 * Fills `length` bytes of `view` from `offset`; another `seed` gives other bytes.
 */
export function fill(view: DataView, offset: number, length: number, seed: number): void {
  let state = (seed ^ 0x9e3779b9) | 0 || 1
  const end = offset + length
  let at = offset
  for (; at + 4 <= end; at += 4) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    view.setInt32(at, state)
  }
  for (; at < end; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    view.setUint8(at, state & 0xff)
  }
}
