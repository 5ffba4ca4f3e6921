/** Addresses as text: dotted quads, and RFC 5952 for IPv6 (longest run of zeros shortened, lower case). */
export function ipv4Text(bytes: Uint8Array, at: number): string {
  return [0, 1, 2, 3].map((i) => bytes[at + i] ?? 0).join('.')
}

/** Sixteen octets at `at`. */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((bytes[at + 2 * i] ?? 0) << 8) | (bytes[at + 2 * i + 1] ?? 0),
  )
  const { start, length } = longestZeros(groups)
  const text = (part: readonly number[]): string => part.map((one) => one.toString(16)).join(':')
  // Section 4.2.2: one zero group alone is not shortened.
  if (length < 2) return text(groups)
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let i = 0; i < groups.length; i++) {
    let length = 0
    while (i + length < groups.length && groups[i + length] === 0) length++
    if (length > best.length) best = { start: i, length }
  }
  return best
}
