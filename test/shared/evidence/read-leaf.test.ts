import { expect, test } from 'vitest'
import { formatLine, parseLine } from '../../../shared/evidence/bundle.ts'
import { OctetsPool, PayloadOctets } from '../../../shared/evidence/payload-octets.ts'
import { readLeaf } from '../../../shared/evidence/read-leaf.ts'
import { seededRandom } from '../../support/random.ts'
import { SEED } from '../../support/seed.ts'

const FRAME = '{"payloadType":"t","payload":"","signatures":[]}'
const leaf = (payload: string, frame = FRAME) =>
  formatLine({ kind: 'record', index: 7, frame, at: 31, payload })

const octetsOf = (text: string) => Buffer.from(text)

function read(line: Uint8Array) {
  const payloads = new PayloadOctets(10)
  const found = readLeaf(line, payloads)
  return found && { ...found, payload: Buffer.from(payloads.at(found.place)).toString() }
}

test.each(['{"a":"b"}', '', 'a\\nb', 'Zürich \u2028 \u{1f600} \\\\" "', '","payload":"'])(
  'a leaf is read from its octets as it is from its text: %j',
  (payload) => {
    expect(read(octetsOf(leaf(payload)))).toMatchObject({ kind: 'record', index: 7, payload })
  },
)

test('a comma before a quote in the frame is no beginning of the payload', () => {
  const frame = '{"payloadType":",\\"payload\\":\\"","payload":"","signatures":[]}'
  expect(read(octetsOf(leaf('x', frame)))).toMatchObject({ frame, payload: 'x' })
})

test.each([
  [
    'another escape of a quote',
    leaf('"').replace('\\"}', '\\u0022}').replace('\\""}', '\\u0022"}'),
  ],
  ['an escaped line feed', leaf('a\nb')],
  ['an escaped slash', leaf('a/b').replace('a/b', 'a\\/b')],
  ['a line feed that stands unescaped', leaf('a\nb').replace('a\\nb', 'a\nb')],
  ['a member after the payload', leaf('a').replace(/}$/, ',"kind":"entry"}')],
  ['the payload twice', leaf('a').replace(/}$/, ',"payload":"b"}')],
  ['a quote that ends it early', leaf('a').replace('a"}', 'a""}')],
  ['a space before the end', leaf('a').replace(/}$/, ' }')],
  ['a backslash before the last quote', leaf('a').replace('a"}', 'a\\"}')],
  ['a space in the head', leaf('a').replace('"index":7', '"index": 7')],
  ['another line', formatLine({ kind: 'policy', text: ',"payload":"' })],
])('is no leaf for sure: %s', (_what, text) => {
  expect(read(octetsOf(text))).toBeNull()
})

test('what is held is given to nobody else, and is given again once it is free', () => {
  const pool = new OctetsPool(10)
  const first = pool.take()
  first.hold()
  const place = first.put('first')
  first.release()
  const second = pool.take()
  second.put('second')
  expect(Buffer.from(first.at(place)).toString()).toBe('first')
  first.release()
  expect(pool.take()).toBe(first)
  expect(first.put('third')).toEqual({ from: 0, to: 5 })
})

test('octets that are no UTF-8 are never a leaf', () => {
  for (const at of [-3, 40]) {
    const line = octetsOf(leaf('abc'))
    line[at < 0 ? line.length + at : at] = 0xff
    expect(read(line)).toBeNull()
  }
})

test('what is read from octets is what the text says, whatever was changed in it', () => {
  const random = seededRandom(SEED)
  const line = octetsOf(leaf('{"a":"b\\\\","c":[1,"ü"]}'))
  let taken = 0
  for (let turn = 0; turn < 3000; turn += 1) {
    const octets = Buffer.from(line)
    const at = Math.floor(random() * octets.length)
    octets[at] = Math.floor(random() * 256)
    const found = read(octets)
    if (found === null) continue
    taken += 1
    const { place: _, ...said } = found
    expect(parseLine(octets.toString())).toEqual({ ok: true, value: said })
    expect(Buffer.from(octets.toString()).equals(octets)).toBe(true)
  }
  expect(taken).toBeGreaterThan(100)
})
