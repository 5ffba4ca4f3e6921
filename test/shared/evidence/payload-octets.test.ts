import { expect, test } from 'vitest'
import { PayloadOctets } from '../../../shared/evidence/payload-octets.ts'
import { seededRandom } from '../../support/random.ts'
import { SEED } from '../../support/seed.ts'

function put(json: Uint8Array): string | null {
  const octets = new PayloadOctets(4)
  // What stands there before is neither read nor changed.
  const before = octets.put('before')
  const place = octets.putWritten(json, { from: 0, to: json.length })
  expect(Buffer.from(octets.at(before)).toString()).toBe('before')
  if (place === null) {
    expect(octets.put('next').from).toBe(before.to)
    return null
  }
  expect(place.from).toBe(before.to)
  expect(octets.put('next').from).toBe(place.to)
  return Buffer.from(octets.at(place)).toString('latin1')
}

const [QUOTE, BACKSLASH] = ['"'.charCodeAt(0), '\\'.charCodeAt(0)]

/** What the octets between two quotes stand for, read one by one by RFC 8259 section 7; null: see there. */
function readOneByOne(json: Uint8Array): string | null {
  const last = json.length - 1
  if (last < 1 || json[0] !== QUOTE || json[last] !== QUOTE) return null
  const read: number[] = []
  for (let at = 1; at < last; at += 1) {
    let octet = json[at] ?? 0
    if (octet === BACKSLASH) {
      at += 1
      octet = at < last ? (json[at] ?? 0) : 0
      if (octet !== QUOTE && octet !== BACKSLASH) return null
    } else if (octet === QUOTE || octet < 0x20) return null
    read.push(octet)
  }
  const octets = Buffer.from(read)
  return Buffer.from(octets.toString()).equals(octets) ? octets.toString('latin1') : null
}

/** Pieces of which any may stand beside any other: good, and of each kind that is refused. */
const PIECES = [
  ...['a', '{"b":1}', '/', ' ', '\u007f', 'n', 'u0041', '\\"', '\\\\', '\\\\\\"'],
  ...['ü', '\u2028', '\ufeff', '\ufffd', '\u{1f600}', '\\\\n', '\\\\u0041'],
].map((text) => Buffer.from(text.replace('{"b":1}', '{\\"b\\":1}')))
const REFUSED = [
  ...['"', '\\', '\n', '\u0000', '\u001f', '\\n', '\\/', '\\b', '\\u0022', '\\u00e9', '\\ud83d'],
].map((text) => Buffer.from(text))
/** Alone, too long, a surrogate, beyond the last, cut short. */
const NO_UTF8 = ['80', 'c0af', 'eda080', 'f4908080', 'e282'].map((hex) => Buffer.from(hex, 'hex'))

test('what is written is read as octet by octet, and refused alike, whatever stands in it', () => {
  const random = seededRandom(SEED)
  const one = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)] as T
  let taken = 0
  for (let turn = 0; turn < 6000; turn += 1) {
    const pieces = Array.from({ length: Math.floor(random() * 12) }, () =>
      random() < 0.05 ? one([...REFUSED, ...NO_UTF8]) : one(PIECES),
    )
    const whole = [Buffer.from('"'), ...pieces, Buffer.from('"')]
    const json = Buffer.concat(random() < 0.05 ? whole.slice(0, -1) : whole)
    const found = put(json)
    expect(found, json.toString('hex')).toBe(readOneByOne(json))
    if (found !== null) taken += 1
  }
  expect(taken).toBeGreaterThan(2000)
  expect(taken).toBeLessThan(5500)
})

test.each([...REFUSED, ...NO_UTF8].map((octets) => [octets.toString('hex'), octets] as const))(
  'is refused wherever it stands: %s',
  (_hex, octets) => {
    for (const [before, after] of [
      ['', ''],
      ['a', 'b'],
      ['\\\\', '\\\\'],
      ['ü', 'ü'],
    ]) {
      expect(put(Buffer.from(`"${before}${after}"`))).not.toBeNull()
      expect(put(Buffer.concat([`"${before}`, octets, `${after}"`].map(bytes)))).toBeNull()
    }
  },
)

const bytes = (part: string | Buffer) => Buffer.from(part as string)

test.each(['1', 'null', '[]', '{}', 'a', '', '"', '"a" ', ' "a"', '"a","b"'])(
  'what is not one text of JSON is refused: %j',
  (json) => {
    expect(put(Buffer.from(json))).toBeNull()
  },
)
