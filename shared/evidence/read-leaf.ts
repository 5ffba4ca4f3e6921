import { type LineOf, parseLine } from './bundle.ts'
import { fromUtf8, utf8 } from './octets.ts'
import type { PayloadOctets, Place } from './payload-octets.ts'

const COMMA = 0x2c
const CLOSING_BRACE = 0x7d

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

const BEFORE_PAYLOAD = utf8(',"payload":"')
const END = '"}'
/** A payload of no more characters is one that the format takes: none has more than octets. */
const MOST_CHARACTERS = 65_535

/**
 * Reads the line of a leaf whose spelling is certainly the one it has; null says nothing yet. All
 * before the payload is read as a line with an empty one: it must be such a line by itself, with the
 * payload as its last member. Inside a text no quote stands behind a comma, so the first place of that
 * name is the member. What follows up to the end is one text of JSON. And where nothing but quotes and
 * backslashes is escaped in it, everything is spelled in its one way.
 * @param line as it stands in the file
 */
export function readLeaf(line: Uint8Array, into: PayloadOctets): Leaf | null {
  const from = payloadOf(line)
  const to = line.length - END.length
  if (from === null || to < from) return null
  if (line[to + 1] !== CLOSING_BRACE) return null
  const before = fromUtf8(line.subarray(0, from))
  const head = before === null ? null : parseLine(before + END)
  if (!head?.ok || (head.value.kind !== 'record' && head.value.kind !== 'entry')) return null
  const { kind, index, frame, at, payload: empty } = head.value
  const place = empty === '' ? into.putWritten(line, { from: from - 1, to: to + 1 }) : null
  if (place === null || place.to - place.from > MOST_CHARACTERS) return null
  return { kind, index, frame, at, place }
}

/** Where the text of the payload begins; null: nowhere. */
function payloadOf(line: Uint8Array): number | null {
  for (let at = line.indexOf(COMMA); at !== -1; at = line.indexOf(COMMA, at + 1)) {
    let next = 0
    while (next < BEFORE_PAYLOAD.length && line[at + next] === BEFORE_PAYLOAD[next]) next += 1
    if (next === BEFORE_PAYLOAD.length) return at + next
  }
  return null
}
