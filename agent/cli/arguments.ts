import { InvalidArgumentError } from 'commander'
import { bracketed } from '../../shared/host-text.ts'

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `10s`, `5m`, `1.5h`, `90` (seconds) -> milliseconds. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const found = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(text)
  if (found === null) {
    throw new InvalidArgumentError('wanted a time such as 10s, 5m or 1h.')
  }
  const unit = (found[2] ?? 's') as keyof typeof UNITS
  return Math.round(Number(found[1]) * UNITS[unit])
}

/** A duration that lies within bounds. */
export function parseDurationWithin(least: string, most: string): (text: string) => number {
  const [low, high] = [parseDuration(least), parseDuration(most)]
  return (text) => {
    const ms = parseDuration(text)
    if (ms < low || ms > high) {
      throw new InvalidArgumentError(`wanted a time from ${least} to ${most}.`)
    }
    return ms
  }
}

export interface HostAndPort {
  readonly host: string
  readonly port: number | undefined
}

/** `10.1.0.10`, `dc1.example:4000`, `[2001:db8::1]:4000`, `2001:db8::1`, `fe80::1%eth0`. */
export function parseHostAndPort(text: string): HostAndPort {
  const bracketed = /^\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\](?::(\d+))?$/.exec(text)
  const bare = /^([A-Za-z0-9._-]+)(?::(\d+))?$/.exec(text)
  const colons = text.split(':').length - 1
  if (colons > 1 && bracketed === null && /^[0-9a-fA-F:.]+(%[\w.-]+)?$/.test(text)) {
    return { host: text, port: undefined }
  }
  const found = bracketed ?? bare
  const port = found?.[2] === undefined ? undefined : Number(found[2])
  if (found?.[1] === undefined || (port !== undefined && (port < 1 || port > 65_535))) {
    throw new InvalidArgumentError(
      'wanted ADDRESS or ADDRESS:PORT (IPv6 with a port: [ADDRESS]:PORT).',
    )
  }
  return { host: found[1], port }
}

/** What {@link parseHostAndPort} reads, written again: an IPv6 address stands in brackets before a port. */
export function hostAndPortText({ host, port }: HostAndPort): string {
  return port === undefined ? host : `${bracketed(host)}:${port}`
}

/** The same of a far end that was found: `10.1.0.10:4000`, `[2001:db8::1]:4000`. */
export function peerText(peer: { readonly address: string; readonly port: number }): string {
  return hostAndPortText({ host: peer.address, port: peer.port })
}

/** A whole number within bounds. */
export function parseCount(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d{1,15}$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`wanted a whole number from ${least} to ${most}.`)
    }
    return value
  }
}

/** `VRN-3,VRN-4` -> the ids, upper case, without repeats. */
export function parseIds(text: string): readonly string[] {
  const ids = text.split(',').map((part) => part.trim().toUpperCase())
  if (ids.some((id) => !/^[A-Z]{2,6}(-[A-Z]{2,4})?-[0-9A-Z]{1,3}$/.test(id))) {
    throw new InvalidArgumentError('wanted requirement ids such as VRN-3,VRN-4.')
  }
  return [...new Set(ids)]
}

/** `128M`, `2G`, `500000` -> bytes. */
export function parseBytes(text: string): number {
  const found = /^(\d{1,12})([kKMG])?$/.exec(text)
  if (found === null) throw new InvalidArgumentError('wanted a size such as 500M or 2G.')
  const factor = { k: 1e3, K: 1e3, M: 1e6, G: 1e9 }[found[2] ?? ''] ?? 1
  return Number(found[1]) * factor
}

/** How commands that ask a collector are told its certificate. */
export const TRUST_OPTION = [
  '--tls-cert <file>',
  'certificate (PEM) of the collector, where it is one of its own making',
] as const
