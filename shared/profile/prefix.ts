/**
 * Address prefixes (RFC 4632, RFC 4291 section 2.3) for labels of the site file. Addresses are
 * compared as strings of bits, so that both families share one rule.
 */

/** `address/length` of either family, the length within the address. */
export function isPrefix(text: string): boolean {
  return parsePrefix(text) !== undefined
}

/** The label of the longest prefix that holds the address; undefined where none does. */
export function ownerOf(
  address: string,
  owners: readonly { readonly prefix: string; readonly owner: string }[],
): string | undefined {
  const bits = bitsOf(address.split('%')[0] ?? '')
  if (bits === undefined) return undefined
  let best: { length: number; owner: string } | undefined
  for (const { prefix, owner } of owners) {
    const parsed = parsePrefix(prefix)
    if (parsed === undefined || parsed.bits.length !== bits.length) continue
    if (!bits.startsWith(parsed.bits.slice(0, parsed.length))) continue
    if (best === undefined || parsed.length > best.length) best = { length: parsed.length, owner }
  }
  return best?.owner
}

function parsePrefix(text: string): { readonly bits: string; readonly length: number } | undefined {
  const found = /^([0-9a-fA-F:.]{2,45})\/(\d{1,3})$/.exec(text)
  const bits = bitsOf(found?.[1] ?? '')
  const length = Number(found?.[2])
  return bits === undefined || length > bits.length ? undefined : { bits, length }
}

function bitsOf(address: string): string | undefined {
  return address.includes(':') ? bits6(address) : bits4(address)
}

function bits4(address: string): string | undefined {
  const parts = address.split('.')
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255))
    return undefined
  return parts.map((part) => Number(part).toString(2).padStart(8, '0')).join('')
}

function bits6(address: string): string | undefined {
  const halves = address.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail]
  if (groups.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  return groups.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('')
}
