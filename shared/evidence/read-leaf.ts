import { type LineOf, parseLine } from './bundle.ts'
import { fromUtf8 } from './octets.ts'

/** Payloads of lines that are read together, one after the other: as a whole they go to another thread. */
export class PayloadOctets {
  #octets: Uint8Array
  #length = 0

  constructor(capacity: number) {
    this.#octets = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** Where up to `most` octets may be written; what was really written is told to `take`. */
  room(most: number): Uint8Array {
    if (this.#length + most > this.#octets.length) {
      const larger = new Uint8Array(2 * (this.#length + most))
      larger.set(this.#octets.subarray(0, this.#length))
      this.#octets = larger
    }
    return this.#octets.subarray(this.#length)
  }

  take(written: number): Place {
    const from = this.#length
    this.#length += written
    return { from, to: this.#length }
  }

  at({ from, to }: Place): Uint8Array {
    return this.#octets.subarray(from, to)
  }

  /** All of them, with what room is left behind them. */
  all(): Uint8Array {
    return this.#octets
  }
}

export interface Place {
  readonly from: number
  readonly to: number
}

/** A line of a leaf, but for its payload, and where the octets of that were put. */
export interface Leaf extends Pick<LineOf<'record'>, 'index' | 'frame' | 'at'> {
  readonly kind: 'record' | 'entry'
  readonly place: Place
}

const BEFORE_PAYLOAD = [...',"payload":"'].map((letter) => letter.charCodeAt(0))
const BACKSLASH = 0x5c
const QUOTE = 0x22
const BRACE = 0x7d
const FIRST_PRINTABLE = 0x20
const FIRST_BEYOND_ASCII = 0x80
/** A payload of no more octets has no more characters than the format takes. */
const MOST_OCTETS = 65_535

/**
 * Reads the line of a leaf whose spelling is certainly the one it has, without making a text of its
 * long payload; null says nothing yet. All before the payload is read as a line with an empty one: it
 * must be such a line by itself, with the payload as its last member. Inside a text no quote stands
 * behind a comma, so the first place of that name is the member. And in a payload of which nothing
 * but quotes and backslashes is escaped, everything is spelled in its one way.
 */
export function readLeaf(line: Uint8Array, into: PayloadOctets): Leaf | null {
  const end = line.length - 2
  const from = payloadBegins(line)
  if (from === null || end < from || end - from > MOST_OCTETS) return null
  if (line[end] !== QUOTE || line[end + 1] !== BRACE) return null
  const head = parseLine(`${fromUtf8(line.subarray(0, from)) ?? ''}"}`)
  if (!head.ok || (head.value.kind !== 'record' && head.value.kind !== 'entry')) return null
  const { payload, ...leaf } = head.value
  if (payload !== '') return null
  const written = unescaped(line.subarray(from, end), into.room(end - from))
  return written === null ? null : { ...leaf, place: into.take(written) }
}

/** Where the payload's first octet is; null: no such member. */
function payloadBegins(line: Uint8Array): number | null {
  const [comma, quote, letter] = BEFORE_PAYLOAD
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] !== comma || line[at + 1] !== quote || line[at + 2] !== letter) continue
    if (BEFORE_PAYLOAD.every((octet, place) => line[at + place] === octet))
      return at + BEFORE_PAYLOAD.length
  }
  return null
}

/** Octets of the text of a JSON string's inside; null where more is escaped than quotes and backslashes. */
function unescaped(inside: Uint8Array, into: Uint8Array): number | null {
  let to = 0
  let all = 0
  for (let at = 0; at < inside.length; at += 1) {
    let octet = inside[at] as number
    if (octet === BACKSLASH) {
      at += 1
      octet = inside[at] as number
      if (octet !== QUOTE && octet !== BACKSLASH) return null
    } else if (octet === QUOTE || octet < FIRST_PRINTABLE) return null
    into[to] = octet
    to += 1
    all |= octet
  }
  return all < FIRST_BEYOND_ASCII || fromUtf8(inside) !== null ? to : null
}
