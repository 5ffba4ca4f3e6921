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

/** Sixteen octets of an address, IPv4 mapped into IPv6 (RFC 4291 section 2.5.5.2), a zone left out; null: none. */
export function addressOctets(text: string): Uint8Array | null {
  const [literal = ''] = text.split('%')
  const dotted = /(?:^|:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(literal)
  const quad = dotted?.slice(1).map(Number) ?? []
  if (quad.some((octet) => octet > 255)) return null
  const [a = 0, b = 0, c = 0, d = 0] = quad
  const tail = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  const start = dotted === null ? literal.length : literal.length - quad.join('.').length
  const hex = dotted === null ? literal : `${literal.slice(0, start) || '::ffff:'}${tail}`
  const [head = '', rest, ...more] = hex.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const given = [...groups(head), ...groups(rest ?? '')]
  const zeros = 8 - given.length
  const fits = rest === undefined ? zeros === 0 : zeros > 0
  if (!fits || more.length > 0 || given.some((one) => !/^[0-9a-f]{1,4}$/i.test(one))) return null
  const all = [...groups(head), ...Array<string>(zeros).fill('0'), ...groups(rest ?? '')]
  return Uint8Array.from(
    all.flatMap((one) => [Number.parseInt(one, 16) >> 8, Number.parseInt(one, 16) & 255]),
  )
}

/** The address of sixteen octets, a mapped one as IPv4: what {@link addressOctets} reads, in one form. */
export function addressText(octets: Uint8Array): string {
  const mapped = octets.subarray(0, 12).every((octet, i) => octet === (i < 10 ? 0 : 255))
  return mapped ? ipv4Text(octets, 12) : ipv6Text(octets, 0)
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
