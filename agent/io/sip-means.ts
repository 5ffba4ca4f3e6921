import { randomBytes } from 'node:crypto'
import type { KeyedHash } from '../../shared/wire/control.ts'
import { keyedHash } from '../engine/keyed-hash.ts'
import { type AskSip, askSip } from './sip.ts'

/** The real sockets, digest and random numbers of the SIP probe. */
export function sipMeans(): {
  readonly ask: AskSip
  readonly hash: KeyedHash
  readonly randomHex: (octets: number) => string
} {
  const randomHex = (octets: number): string => randomBytes(octets).toString('hex')
  return { ask: askSip, hash: keyedHash, randomHex }
}
