import type { DhcpOption } from './dhcp.ts'

/** How the recorded octets of a DHCP option are read. The record keeps octets, so that anybody can. */

export function optionOctets(option: Pick<DhcpOption, 'hex'>): Uint8Array {
  const octets = new Uint8Array(option.hex.length / 2)
  for (let i = 0; i < octets.length; i++)
    octets[i] = Number.parseInt(option.hex.slice(2 * i, 2 * i + 2), 16)
  return octets
}

/**
 * Text of an option: one closing NUL is forgiven (RFC 2132 section 2), nothing else. Null when there
 * is none, or it holds octets that no ASCII text has.
 */
export function optionText(option: Pick<DhcpOption, 'hex'>): string | null {
  const octets = optionOctets(option)
  const text = octets.at(-1) === 0 ? octets.subarray(0, -1) : octets
  if (text.length === 0 || text.some((octet) => octet < 0x20 || octet > 0x7e)) return null
  return String.fromCharCode(...text)
}

/** IPv4 addresses of an option (RFC 2132 section 3.8); null when it is no whole number of them, or none. */
export function optionAddresses(option: Pick<DhcpOption, 'hex'>): readonly string[] | null {
  const octets = optionOctets(option)
  if (octets.length === 0 || octets.length % 4 !== 0) return null
  return Array.from({ length: octets.length / 4 }, (_, i) =>
    octets.subarray(4 * i, 4 * i + 4).join('.'),
  )
}

/** One way to read octets as a number. */
export interface NumberReading {
  readonly value: number
  readonly as: 'text' | 'integer'
}

/**
 * A number sent as decimal text (`"100"`) or as an unsigned integer of 1, 2 or 4 octets, big endian:
 * every reading that these octets allow, since a single octet 0x35 is both "5" and 53. Empty when
 * they are neither.
 */
export function optionNumbers(option: Pick<DhcpOption, 'hex'>): readonly NumberReading[] {
  const text = optionText(option)
  const octets = optionOctets(option)
  return [
    ...(text !== null && /^\d{1,9}$/.test(text)
      ? [{ value: Number(text), as: 'text' as const }]
      : []),
    ...([1, 2, 4].includes(octets.length)
      ? [{ value: octets.reduce((sum, octet) => sum * 256 + octet, 0), as: 'integer' as const }]
      : []),
  ]
}

/** Search suffixes of options 15 (one name) and 119 (RFC 3397, compressed labels); broken ones are left out. */
export function optionNames(code: number, option: Pick<DhcpOption, 'hex'>): readonly string[] {
  if (code !== 119) return [optionText(option)].filter((name) => name !== null)
  return nameList(optionOctets(option))
}

function nameList(octets: Uint8Array): readonly string[] {
  const names: string[] = []
  for (let at = 0; at < octets.length; ) {
    const read = nameAt(octets, at)
    if (read === null) break
    names.push(read.name)
    at = read.next
  }
  return names
}

/** One name; pointers (RFC 1035 section 4.1.4) must lead backwards, so the loop ends. */
function nameAt(octets: Uint8Array, start: number): { name: string; next: number } | null {
  const labels: string[] = []
  let next = 0
  let floor = start
  for (let at = start; ; ) {
    const length = octets[at]
    if (length === undefined) return null
    if (length >= 0xc0) {
      const target = (length & 0x3f) * 256 + (octets[at + 1] ?? 0xffff)
      if (target >= floor) return null
      next ||= at + 2
      floor = target
      at = target
    } else if (length > 63 || at + length >= octets.length) return null
    else if (length === 0) return { name: labels.join('.'), next: next || at + 1 }
    else {
      labels.push(String.fromCharCode(...octets.subarray(at + 1, at + 1 + length)))
      at += length + 1
    }
  }
}
