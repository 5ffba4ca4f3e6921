import { expect, test } from 'vitest'
import { formatLine, parseLine } from '../../../shared/evidence/bundle.ts'
import { PayloadOctets } from '../../../shared/evidence/payload-octets.ts'
import { readLeaf } from '../../../shared/evidence/read-leaf.ts'
import { LineReader } from '../../../shared/evidence/read-lines.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
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

/** As all lines of a bundle are read; null: refused. */
function readAny(line: Uint8Array) {
  const payloads = new PayloadOctets(10)
  const found = new LineReader(nodeTools).read(line, payloads)
  if (found.kind === 'bad') return null
  return 'place' in found ? Buffer.from(payloads.at(found.place)).toString() : found.kind
}

/** None need be JSON: what was signed is carried, whatever it is. */
const BARE = [
  '{"a":"b"}',
  '{}',
  '{"a":"\\n"}',
  '{ Zürich \u2028 \u{1f600} \\" " }',
  '{","payload":"{}}',
  '{}{}',
]
const AS_TEXT = [
  '',
  '[1]',
  '"a"',
  ' {}',
  '{} ',
  '{"a":\n1}',
  '{',
  '}',
  'a\\u0022b',
  ',"payload":{}',
]

test.each(BARE)('a payload stands in its line as it was signed: %j', (payload) => {
  const line = leaf(payload)
  expect(line.endsWith(`,"payload":${payload}}`)).toBe(true)
  expect(read(octetsOf(line))).toMatchObject({ kind: 'record', index: 7, payload })
  expect(parseLine(line)).toMatchObject({ ok: true, value: { payload } })
})

test.each(AS_TEXT)('any other is put as a text, and read as it was: %j', (payload) => {
  const line = leaf(payload)
  expect(JSON.parse(line)).toMatchObject({ payload })
  expect(line).not.toContain('\n')
  expect(read(octetsOf(line))).toBeNull()
  expect(readAny(octetsOf(line))).toBe(payload)
})

test('a comma before a quote in the frame is no beginning of the payload', () => {
  const frame = '{"payloadType":",\\"payload\\":{","payload":"","signatures":[]}'
  expect(read(octetsOf(leaf('{"x":1}', frame)))).toMatchObject({ frame, payload: '{"x":1}' })
})

test.each([
  ['a bare payload as a text', JSON.stringify({ ...JSON.parse(leaf('')), payload: '{"a":1}' })],
  ['another escape in a text', leaf('a/b').replace('a/b', 'a\\/b')],
  ['a text twice', leaf('a').replace(/}$/, ',"payload":"b"}')],
  ['a text, then a bare payload', leaf('a').replace(/}$/, ',"payload":{}}')],
  ['a space before the end', leaf('{}').replace(/}$/, ' }')],
  ['no brace at the end', leaf('{}').slice(0, -1)],
  ['nothing but the first brace', leaf('{}').slice(0, -2)],
  ['a space in the head', leaf('{}').replace('"index":7', '"index": 7')],
  ['a member too many before it', leaf('{}').replace('"at":31', '"at":31,"more":1')],
  ['no head', ',"payload":{}}'],
  ['the payload in another line', '{"kind":"policy","text":"","payload":{}}'],
  ['too many characters', leaf(`{${'a'.repeat(65_534)}}`)],
])('is refused: %s', (_what, text) => {
  expect(read(octetsOf(text))).toBeNull()
  expect(parseLine(text).ok).toBe(false)
  expect(readAny(octetsOf(text))).toBeNull()
})

test('a payload has so many characters, however many octets they take', () => {
  const payload = `{${'ü'.repeat(65_533)}}`
  expect(readAny(octetsOf(leaf(payload)))).toBe(payload)
})

test('octets that are no UTF-8 are in no line, wherever they stand', () => {
  for (const line of [
    leaf('{"a":"b"}'),
    leaf('abc'),
    formatLine({ kind: 'policy', text: 'abc' }),
  ]) {
    for (let at = 0; at < line.length; at += 1) {
      const octets = octetsOf(line)
      octets[at] = 0xff
      expect(readAny(octets)).toBeNull()
    }
  }
})

test('what is read from octets is what the text says, whatever was changed in it', () => {
  const random = seededRandom(SEED)
  const line = octetsOf(leaf('{"a":"b\\\\","c":[1,"ü"]}'))
  let taken = 0
  for (let turn = 0; turn < 3000; turn += 1) {
    const octets = Buffer.from(line)
    const at = Math.floor(random() * octets.length)
    // A line holds none.
    octets[at] = (11 + Math.floor(random() * 255)) % 256
    const whole = readAny(octets)
    const isText = Buffer.from(octets.toString()).equals(octets)
    const text = parseLine(octets.toString())
    expect(whole !== null, octets.toString()).toBe(isText && text.ok)
    if (whole === null) continue
    taken += 1
    if (text.ok && 'payload' in text.value) expect(whole).toBe(text.value.payload)
    const found = read(octets)
    if (found === null) continue
    const { place: _, ...said } = found
    expect(text).toEqual({ ok: true, value: said })
  }
  expect(taken).toBeGreaterThan(100)
})
