/**
 * Octets as the evidence formats write them: base64 of RFC 4648 section 4 in its one canonical
 * spelling, and strict UTF-8. A second spelling of the same octets would be a second file that
 * verifies, so it is refused.
 */
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const SEXTETS = new Map([...ALPHABET].map((letter, value) => [letter, value]))

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
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
  if (!BASE64.test(text)) return null
  const length = (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)
  const bytes = new Uint8Array(length)
  for (let at = 0, to = 0; at < text.length; at += 4) {
    let group = 0
    for (let n = 0; n < 4; n += 1) group = group * 64 + (SEXTETS.get(text[at + n] ?? '') ?? 0)
    for (const shift of [16, 8, 0]) {
      if (to < length) bytes[to] = (group >> shift) & 0xff
      to += 1
    }
  }
  return toBase64(bytes) === text ? bytes : null
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')
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
