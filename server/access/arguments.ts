import { InvalidArgumentError } from 'commander'

/** A name of a site, agent, user or token on the command line. */
export function nameOf(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) return text
  throw new InvalidArgumentError('wanted lower-case letters, digits and hyphens, at most 63')
}

export function customerOf(text: string): string {
  if (/^[^\p{Cc}]{1,100}$/u.test(text)) return text
  throw new InvalidArgumentError('wanted 1 to 100 characters')
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 }

/** `12h`, `90d`: milliseconds. */
export function lifeOf(text: string): number {
  const found = /^(\d{1,4})([hd])$/.exec(text)
  const ms = Number(found?.[1]) * (UNITS[found?.[2] ?? ''] ?? Number.NaN)
  if (ms > 0) return ms
  throw new InvalidArgumentError('wanted a number of hours or days: 12h, 90d')
}
