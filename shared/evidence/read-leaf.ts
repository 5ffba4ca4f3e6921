import {
  BEFORE_PAYLOAD,
  type BundleLine,
  type LineOf,
  MOST_PAYLOAD,
  parseHeadOfLeaf,
} from './bundle.ts'
import { fromUtf8, utf8 } from './octets.ts'
import type { PayloadOctets, Place } from './payload-octets.ts'

const COMMA = 0x2c
const CLOSING_BRACE = 0x7d
const BEFORE_BARE = utf8(`${BEFORE_PAYLOAD}{`)

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

/** What of a bundle's lines is needed to read what its records say, and to judge by it. */
export type Asked = AskedLeaf | Exclude<BundleLine, LineOf<'record'> | LineOf<'entry'>>

type AskedLeaf = Pick<Leaf, 'kind' | 'index' | 'place'>

/**
 * Reads the line of a leaf with a bare payload, as `parseLine` reads its text; null says nothing yet.
 * @param line as it stands in the file, UTF-8
 */
export function readLeaf(line: Uint8Array, into: PayloadOctets): Leaf | null {
  const before = bareIn(line)
  const to = line.length - 1
  if (before === null || line[to] !== CLOSING_BRACE || line[to - 1] !== CLOSING_BRACE) return null
  const from = before + BEFORE_PAYLOAD.length
  // None has more characters than octets.
  if (to - from > MOST_PAYLOAD) return null
  const text = fromUtf8(line.subarray(0, before))
  const head = text === null ? null : parseHeadOfLeaf(text)
  if (!head?.ok) return null
  const { kind, index, frame, at } = head.value
  return { kind, index, frame, at, place: into.copy(line.subarray(from, to)) }
}

/** Where what stands before a bare payload begins; null: there is none. */
function bareIn(line: Uint8Array): number | null {
  for (let at = line.indexOf(COMMA); at !== -1; at = line.indexOf(COMMA, at + 1)) {
    let next = 1
    while (next < BEFORE_BARE.length && line[at + next] === BEFORE_BARE[next]) next += 1
    if (next === BEFORE_BARE.length) return at
  }
  return null
}
