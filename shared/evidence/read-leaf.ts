import { type LineOf, parseLine } from './bundle.ts'
import { fromUtf8, MOST_UTF8, putUtf8, utf8 } from './octets.ts'

/** Payloads of lines that are read together, one after the other: as a whole they go to another thread. */
export class PayloadOctets {
  #octets: Uint8Array
  #length = 0

  constructor(capacity: number) {
    this.#octets = new Uint8Array(capacity)
  }

  /** Puts the UTF-8 of a text behind the others. */
  put(text: string): Place {
    const from = this.#length
    const most = MOST_UTF8 * text.length
    if (from + most > this.#octets.length) this.#grow(2 * (from + most))
    this.#length += putUtf8(text, this.#octets.subarray(from))
    return { from, to: this.#length }
  }

  at({ from, to }: Place): Uint8Array {
    return this.#octets.subarray(from, to)
  }

  #grow(capacity: number): void {
    const larger = new Uint8Array(capacity)
    larger.set(this.#octets.subarray(0, this.#length))
    this.#octets = larger
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

/** Where the octets of a part of a text stand among those of the whole. */
export function placeInOctets(text: string, { from, to }: Place): Place {
  const before = utf8(text.slice(0, from)).length
  return { from: before, to: before + utf8(text.slice(from, to)).length }
}

/** A line of a leaf, but for its payload, and where the octets of that were put. */
export interface Leaf extends Pick<LineOf<'record'>, 'index' | 'frame' | 'at'> {
  readonly kind: 'record' | 'entry'
  readonly place: Place
}

const BEFORE_PAYLOAD = ',"payload":"'
const END = '"}'
/** All else that JSON may escape, and what it need not escape. */
const ESCAPED_OTHERWISE = /\\[^"\\]/
/** A payload of no more characters is one that the format takes. */
const MOST_CHARACTERS = 65_535

/**
 * Reads the line of a leaf whose spelling is certainly the one it has; null says nothing yet. All
 * before the payload is read as a line with an empty one: it must be such a line by itself, with the
 * payload as its last member. Inside a text no quote stands behind a comma, so the first place of that
 * name is the member. What follows up to the end is one text of JSON. And where nothing but quotes and
 * backslashes is escaped in it, everything is spelled in its one way.
 * @param text of the line
 * @param line as it stands in the file
 */
export function readLeaf(text: string, line: Uint8Array, into: PayloadOctets): Leaf | null {
  const from = text.indexOf(BEFORE_PAYLOAD) + BEFORE_PAYLOAD.length
  if (from < BEFORE_PAYLOAD.length || !text.endsWith(END) || !isTextOf(text, line)) return null
  const head = parseLine(text.slice(0, from) + END)
  if (!head.ok || (head.value.kind !== 'record' && head.value.kind !== 'entry')) return null
  const { payload: empty, ...leaf } = head.value
  // With the quotes around it.
  const written = text.slice(from - 1, 1 - END.length)
  const payload = ESCAPED_OTHERWISE.test(written) ? null : textOf(written)
  if (empty !== '' || payload === null || payload.length > MOST_CHARACTERS) return null
  return { ...leaf, place: into.put(payload) }
}

/** True when these octets are UTF-8, and this is their text. */
function isTextOf(text: string, octets: Uint8Array): boolean {
  // So many characters as octets are all ASCII, but where one stands for an octet that is no text.
  if (text.length === octets.length) return !text.includes('\ufffd')
  return fromUtf8(octets) === text
}

/** The text that is written so in JSON; null when it is none, or more than one value. */
function textOf(json: string): string | null {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}
