/**
 * Octets as the evidence formats write them: base64 of RFC 4648 section 4 in its one canonical
 * spelling, and strict UTF-8. A second spelling of the same octets would be a second file that
 * verifies, so it is refused.
 */
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const NO_SEXTET = 255
/** By character code. */
const SEXTETS = new Uint8Array(128).fill(NO_SEXTET)
for (const [value, letter] of [...ALPHABET].entries()) SEXTETS[letter.charCodeAt(0)] = value
const HEX = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Octets of UTF-8 that one unit of a text takes at most. */
export const MOST_UTF8 = 3

/** Writes as much of a text as there is room for; the octets that it took. */
export function putUtf8(text: string, into: Uint8Array): number {
  return encoder.encodeInto(text, into).written
}

/** Null when the octets are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

export function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    text += `${letter(group >> 18)}${letter(group >> 12)}${letter(group >> 6)}${letter(group)}`
  }
  const missing = (3 - (bytes.length % 3)) % 3
  return text.slice(0, text.length - missing) + '='.repeat(missing)
}

/** Null when the text is not the canonical base64 of anything. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const letters = text.length - padding
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let held = 0
  let to = 0
  for (let at = 0; at < letters; at += 1) {
    const sextet = SEXTETS[text.charCodeAt(at)] ?? NO_SEXTET
    if (sextet === NO_SEXTET) return null
    held = ((held << 6) | sextet) & 0xffffff
    // The first letter of four completes no octet; each of the others completes one.
    if (at % 4 !== 0) bytes[to++] = (held >> (6 - 2 * (at % 4))) & 0xff
  }
  // Bits that the last letter has to spare are 0 in the one canonical spelling.
  const spare = padding === 0 ? 0 : held & (padding === 2 ? 0x0f : 0x03)
  return spare === 0 ? bytes : null
}

export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const octet of bytes) text += HEX[octet]
  return text
}

/** Both empty counts as equal. Not in constant time: nothing here is secret. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, at) => octet === b[at])
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** ASCII decimal without leading zeros, up to 2^53 - 1; null for anything else. */
export function fromDecimal(text: string): number | null {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return null
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : null
}

function letter(sextet: number): string {
  return ALPHABET.charAt(sextet & 63)
}
