import { ok, type Result, refuse } from '../result.ts'
import type { EvidenceCrypto } from './crypto.ts'
import { fromDecimal, fromUtf8, sameOctets } from './octets.ts'
import { KEY_TYPE, parseVkey, type Vkey } from './vkey.ts'

/** A trust policy (C2SP tlog-policy): which logs count, and which witnesses must have cosigned. */
export interface Policy {
  readonly logs: readonly { readonly vkey: Vkey; readonly url: string | null }[]
  readonly witnesses: readonly PolicyWitness[]
  /** Null: no cosignature is asked for (`quorum none`). */
  readonly quorum: Member | null
}

export interface PolicyWitness {
  readonly name: string
  readonly vkey: Vkey
  readonly url: string | null
}

/** A witness, or at least `least` of the members of a group. */
export type Member =
  | ({ readonly kind: 'witness' } & PolicyWitness)
  | {
      readonly kind: 'group'
      readonly name: string
      readonly least: number
      readonly members: readonly Member[]
    }

/** Bounds on a file that somebody else may have written. */
const MOST_OCTETS = 65_535
const MOST_LINES = 4096
const MOST_NAMES = 256
const NONE = 'none'
const LOG_TYPES: readonly number[] = [KEY_TYPE.note]
const WITNESS_TYPES: readonly number[] = [KEY_TYPE.cosignature]

/**
 * Reads a policy. Names are octets: they are compared as they stand. Refused with the line and what
 * is wrong with it; a policy of which a part is not understood is none.
 */
export function parsePolicy(
  crypto: Pick<EvidenceCrypto, 'sha256'>,
  octets: Uint8Array,
): Result<Policy, string> {
  if (octets.length > MOST_OCTETS) return refuse(`longer than ${MOST_OCTETS} octets`)
  const text = latin1(octets)
  if (text !== '' && !text.endsWith('\n')) return refuse('the last line does not end in a newline')
  const lines = text.split('\n').slice(0, -1)
  if (lines.length > MOST_LINES) return refuse(`more than ${MOST_LINES} lines`)
  const reading = new Reading(crypto)
  for (const [at, line] of lines.entries()) {
    const why = reading.line(line)
    if (why !== null) return refuse(`line ${at + 1}: ${why}`)
  }
  return reading.end()
}

/** Whether the witnesses that cosigned are enough. */
export function meetsQuorum(quorum: Member | null, cosigned: (witness: Vkey) => boolean): boolean {
  if (quorum === null) return true
  if (quorum.kind === 'witness') return cosigned(quorum.vkey)
  // Every name is a member at most once: this is a tree, and each witness is asked once.
  return quorum.members.filter((one) => meetsQuorum(one, cosigned)).length >= quorum.least
}

class Reading {
  readonly #crypto: Pick<EvidenceCrypto, 'sha256'>
  readonly #logs: Policy['logs'][number][] = []
  readonly #names = new Map<string, Member>()
  readonly #members = new Set<Member>()
  #quorum: Member | null | undefined

  constructor(crypto: Pick<EvidenceCrypto, 'sha256'>) {
    this.#crypto = crypto
  }

  /** Why the line cannot be part of a policy; null: it is. */
  line(line: string): string | null {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(line)) return 'a control character'
    const [keyword = '', ...items] = line.split(/[ \t]+/).filter((item) => item !== '')
    if (keyword === '' || keyword.startsWith('#')) return null
    if (keyword === 'log') return this.#log(items)
    if (keyword === 'witness') return this.#witness(items)
    if (keyword === 'group') return this.#group(items)
    if (keyword === 'quorum') return this.#setQuorum(items)
    return `wanted log, witness, group or quorum, found ${shown(keyword)}`
  }

  end(): Result<Policy, string> {
    if (this.#quorum === undefined) return refuse('no quorum line')
    const members = [...this.#names.values()]
    const witnesses = members.flatMap((one) => (one.kind === 'witness' ? [one] : []))
    return ok({ logs: this.#logs, witnesses, quorum: this.#quorum })
  }

  #log([key = '', url, ...more]: string[]): string | null {
    if (key === '' || more.length > 0) return 'wanted log <vkey> [<url>]'
    const vkey = this.#key(key, LOG_TYPES)
    if (typeof vkey === 'string') return vkey
    if (this.#logs.length >= MOST_NAMES) return `more than ${MOST_NAMES} logs`
    if (this.#logs.some((one) => sameKey(one.vkey, vkey))) return 'the key of a log twice'
    this.#logs.push({ vkey, url: url ?? null })
    return null
  }

  #witness([name = '', key = '', url, ...more]: string[]): string | null {
    if (key === '' || more.length > 0) return 'wanted witness <name> <vkey> [<url>]'
    const vkey = this.#key(key, WITNESS_TYPES)
    if (typeof vkey === 'string') return vkey
    for (const one of this.#names.values()) {
      if (one.kind === 'witness' && sameKey(one.vkey, vkey)) return 'the key of a witness twice'
    }
    return this.#define({ kind: 'witness', name, vkey, url: url ?? null })
  }

  #group([name = '', wanted = '', ...names]: string[]): string | null {
    if (names.length === 0) return 'wanted group <name> all|any|<k> <name>...'
    const members: Member[] = []
    for (const one of names) {
      const member = this.#names.get(one)
      if (member === undefined) return `${shown(one)} is not defined above`
      if (this.#members.has(member) || members.includes(member)) {
        return `${shown(one)} is a member already`
      }
      members.push(member)
    }
    const count = wanted === 'all' ? members.length : wanted === 'any' ? 1 : fromDecimal(wanted)
    if (count === null || count < 1 || count > members.length) {
      return `wanted all, any or 1 to ${members.length}, found ${shown(wanted)}`
    }
    for (const member of members) this.#members.add(member)
    return this.#define({ kind: 'group', name, least: count, members })
  }

  #setQuorum([name = '', ...more]: string[]): string | null {
    if (name === '' || more.length > 0) return 'wanted quorum <name>'
    if (this.#quorum !== undefined) return 'a second quorum line'
    const member = name === NONE ? null : this.#names.get(name)
    if (member === undefined) return `${shown(name)} is not defined above`
    this.#quorum = member
    return null
  }

  #define(member: Member): string | null {
    const { name } = member
    if (name === NONE) return 'the name none is taken'
    if (this.#names.has(name)) return `${shown(name)} is defined twice`
    if (this.#names.size >= MOST_NAMES) return `more than ${MOST_NAMES} names`
    this.#names.set(name, member)
    return null
  }

  #key(octets: string, types: readonly number[]): Vkey | string {
    const text = fromUtf8(Uint8Array.from(octets, (letter) => letter.charCodeAt(0)))
    const vkey = text === null ? null : parseVkey(this.#crypto, text)
    if (!vkey?.ok) return `wanted a verifier key, and it is ${vkey?.error ?? 'not UTF-8'}`
    if (types.includes(vkey.value.type)) return vkey.value
    const wanted = types.map((type) => `0x0${type}`).join(' or ')
    return `wanted a key of type ${wanted} here, found 0x${vkey.value.type.toString(16)}`
  }
}

function sameKey(a: Vkey, b: Vkey): boolean {
  return sameOctets(a.publicKey, b.publicKey)
}

/** Each octet as the character of its number: names are octets, whatever they mean. */
function latin1(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) text += String.fromCharCode(octet)
  return text
}

const LONGEST_QUOTE = 60
const shown = (item: string) => JSON.stringify(item.slice(0, LONGEST_QUOTE))
