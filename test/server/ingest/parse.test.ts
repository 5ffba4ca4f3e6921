import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseEnvelope } from '../../../server/ingest/parse.ts'
import { unpackPayload } from '../../../server/store/packed.ts'
import { envelope, record, START } from '../support/fixtures.ts'

const SHA = 'c'.repeat(64)
const parse = (text: string) => parseEnvelope(Buffer.from(text), START)
const refusal = (text: string) => {
  const result = parse(text)
  return result.ok ? null : result.error
}

test('a good record is taken, and frame and payload make the envelope again', () => {
  const text = envelope(record(SHA))
  const result = parse(text)
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  const { frame, frameAt, packed } = result.value.row
  const base64 = unpackPayload(packed).toString('base64')
  expect(frame.slice(0, frameAt) + base64 + frame.slice(frameAt)).toBe(text)
})

describe('nothing is stripped and nothing coerced', () => {
  const good = record(SHA)
  test.each([
    ['an unknown key', { ...good, extra: 1 }, 'payload.extra'],
    ['a key of every object', { ...good, toString: 1 }, 'payload.toString'],
    ['an unknown key inside', { ...good, window: { ...good.window, x: 0 } }, 'payload.window.x'],
    ['a number as text', { ...good, sequence: '1' }, 'payload.sequence'],
    ['a fraction for a count', { ...good, sequence: 1.5 }, 'payload.sequence'],
    ['sequence 0', { ...good, sequence: 0 }, 'payload.sequence'],
    ['a name with capitals', { ...good, site: 'Leeds' }, 'payload.site'],
    ['null for text', { ...good, agent: null }, 'payload.agent'],
    ['a list for an object', { ...good, tool: [] }, 'payload.tool.name'],
    ['no observations', { ...good, observations: undefined }, 'payload.observations'],
  ])('%s', (_name, value, where) => {
    expect(refusal(envelope(value))).toMatchObject({ code: 'schema', where })
  })
  test('a __proto__ key', () => {
    const text = JSON.stringify(good).replace('{', '{"__proto__":{},')
    expect(refusal(envelope(Buffer.from(text)))).toMatchObject({ code: 'schema' })
  })
  test('a quoted value is cut short', () => {
    const found = refusal(envelope({ ...good, site: 'x'.repeat(20_000) }))?.found ?? ''
    expect(found.length).toBeLessThan(200)
  })
})

test('a number too large for any is refused: JSON.parse makes it Infinity', () => {
  const text = JSON.stringify(record(SHA)).replace('"monotonicMs":60000', '"monotonicMs":1e999')
  expect(text).toContain('1e999')
  expect(refusal(envelope(Buffer.from(text)))).toMatchObject({
    ...{ code: 'schema', where: 'payload.window.monotonicMs' },
  })
})

test.each([
  ['backwards', START, START - 1],
  ['empty', START, START],
  ['longer than a day', START, START + 86_400_001],
])('a window that is %s is refused', (_name, from, to) => {
  const value = { ...record(SHA), window: { from, to, monotonicMs: 0 } }
  expect(refusal(envelope(value))?.code).toBe('bad-window')
})

test('a stream of other time than its record is refused: its receipts would be of that time', () => {
  const value = record(SHA)
  const [first, ...rest] = value.observations
  if (first?.kind !== 'stream') throw new Error('wanted a stream')
  for (const moved of [{ from: first.from - 1 }, { to: first.to + 1 }]) {
    const observations = [{ ...first, ...moved }, ...rest]
    const found = refusal(envelope({ ...value, observations }))
    expect(found).toMatchObject({ code: 'bad-window', where: 'payload.observations.0' })
  }
})

test.each([
  ['escaped', (text: string) => text.replace('"payload":"e', '"payload":"\\u0065')],
  [
    'with bits set that no byte has',
    () => envelope(record(SHA)).replace(/"payload":"[^"]*"/, '"payload":"YR=="'),
  ],
])('base64 %s is refused, so that one record has one spelling', (_name, change) => {
  expect(refusal(change(envelope(record(SHA))))?.code).toBe('payload-encoding')
})

test('random bytes, and good envelopes with a piece changed, never throw', () => {
  const good = Buffer.from(envelope(record(SHA)))
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.uint8Array({ maxLength: 12 }), (at, piece) => {
      const changed = Buffer.from(good)
      changed.set(piece.subarray(0, good.length - at), at)
      expect(typeof parseEnvelope(changed, START).ok).toBe('boolean')
      expect(parseEnvelope(piece, START).ok).toBe(false)
    }),
    { numRuns: 300 },
  )
})
