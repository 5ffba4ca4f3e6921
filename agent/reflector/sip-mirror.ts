import { isIPv6 } from 'node:net'
import type { KeyedHash } from '../../shared/wire/control.ts'
import { decodeSip } from '../../shared/wire/sip.ts'
import { proofHolds, readAsk, sealBack } from '../../shared/wire/sip-seal.ts'
import type { KnownKey } from './keys.ts'

/** Answers to one question: a retransmission or two; more would be somebody else's replay. */
const MOST_ANSWERS = 3
const REMEMBERED = 4096
/** Answers held back at one time. */
const MOST_HELD = 128
const LONGEST_HOLD_SECONDS = 60

/** Where a SIP message came from. */
export interface SipAsker {
  readonly address: string
  readonly port: number
}

/** An answer that is due now. */
export interface SipAnswer<A extends SipAsker> {
  readonly to: A
  readonly bytes: Uint8Array
}

/**
 * Mirrors SIP messages that prove an access key, so that the asker sees what was rewritten on the way;
 * strangers get silence, and no answer is longer than its question. An answer may be held back on
 * request, which shows whether an idle flow stays open. Sockets and clocks stay outside.
 */
export class SipMirror<A extends SipAsker> {
  readonly #hash: KeyedHash
  #keys: ReadonlyMap<string, KnownKey> = new Map()
  /** Answers given per nonce, the oldest first. */
  readonly #answered = new Map<string, number>()
  #held: { readonly dueNs: number; readonly answer: SipAnswer<A> }[] = []

  constructor(hash: KeyedHash) {
    this.#hash = hash
  }

  setKeys(keys: readonly KnownKey[]): void {
    this.#keys = new Map(keys.filter((key) => !key.revoked).map((key) => [key.id, key]))
  }

  /** `now` an answer to send at once, `held` one for later, `silence` for strangers and nonsense. */
  take(datagram: Uint8Array, from: A, nowNs: number): SipAnswer<A> | 'held' | 'silence' {
    const message = decodeSip(datagram)
    const ask = message.ok ? readAsk(message.value) : null
    const key = ask === null ? undefined : this.#keys.get(ask.keyId)
    if (!message.ok || ask === null || key === undefined) return 'silence'
    if (!proofHolds(ask, key.secret, this.#hash) || !this.#mayAnswer(ask.nonce)) return 'silence'
    const seen = { octets: addressOctets(from.address), port: from.port }
    const bytes = sealBack(datagram, message.value, ask, seen, key.secret, this.#hash)
    const answer = { to: from, bytes }
    if (ask.delaySeconds === 0) return answer
    if (ask.delaySeconds > LONGEST_HOLD_SECONDS || this.#held.length >= MOST_HELD) return 'silence'
    this.#held.push({ dueNs: nowNs + ask.delaySeconds * 1e9, answer })
    return 'held'
  }

  /** When the next answer that is held back is due; Infinity for none. */
  nextDue(): number {
    return this.#held.reduce((due, { dueNs }) => Math.min(due, dueNs), Number.POSITIVE_INFINITY)
  }

  /** Takes out the answers that are due. */
  due(nowNs: number): readonly SipAnswer<A>[] {
    const due = this.#held.filter(({ dueNs }) => dueNs <= nowNs)
    if (due.length > 0) this.#held = this.#held.filter(({ dueNs }) => dueNs > nowNs)
    return due.map(({ answer }) => answer)
  }

  #mayAnswer(nonce: string): boolean {
    const given = this.#answered.get(nonce) ?? 0
    if (given >= MOST_ANSWERS) return false
    this.#answered.set(nonce, given + 1)
    const oldest = this.#answered.keys().next().value
    if (this.#answered.size > REMEMBERED && oldest !== undefined) this.#answered.delete(oldest)
    return true
  }
}

/** Sixteen octets, IPv4 in the last four. */
export function addressOctets(address: string): Uint8Array {
  const literal = (address.split('%')[0] ?? '').replace(/^::ffff:(?=[\d.]+$)/i, '')
  const octets = new Uint8Array(16)
  if (!isIPv6(literal)) {
    octets.set(literal.split('.').map(Number), 12)
    return octets
  }
  const [head = '', tail] = literal.split('::')
  const parts = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const [front, end] = [parts(head), parts(tail ?? '')]
  const view = new DataView(octets.buffer)
  for (const [i, group] of front.entries()) view.setUint16(2 * i, Number.parseInt(group, 16))
  for (const [i, group] of end.entries())
    view.setUint16(16 - 2 * (end.length - i), Number.parseInt(group, 16))
  return octets
}
