import { encode } from 'dns-packet'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeQuestion, readAnswer } from '../../../agent/io/dns-message.ts'

const ASKED = { name: 'Prov.Svc.Local', type: 'A' } as const
const QUERY = encodeQuestion(ASKED, 0x1234)!
const QUESTIONS = [{ type: 'A' as const, name: 'prov.svc.LOCAL' }]
const RIGHT = encode({
  ...{ type: 'response', id: 0x1234, questions: QUESTIONS },
  answers: [{ type: 'A', name: 'prov.svc.local', data: '192.0.2.1' }],
})
const FLIPS = [...RIGHT.keys()]

test('the right answer is read, whatever the case of its letters', () => {
  expect(readAnswer(RIGHT, QUERY, ASKED)).toMatchObject({
    ...{ outcome: 'answer', addresses: ['192.0.2.1'], rcode: 0, cut: false, more: 0 },
  })
})

test('another id, another question and a question instead of an answer are not believed', () => {
  const other = encode({ type: 'response', id: 1, questions: QUESTIONS, answers: [] })
  const asked = encode({ type: 'response', id: 0x1234, questions: [{ type: 'SRV', name: 'x.y' }] })
  for (const bytes of [other, asked, Buffer.from(QUERY)])
    expect(readAnswer(bytes, QUERY, ASKED)).toBe('ignore')
})

test('records of other names are no answer; an alias is followed, a loop of them ends', () => {
  const answer = (answers: NonNullable<Parameters<typeof encode>[0]['answers']>) =>
    readAnswer(
      encode({ type: 'response', id: 0x1234, questions: QUESTIONS, answers }),
      QUERY,
      ASKED,
    )
  const address = (name: string) => ({ type: 'A' as const, name, data: '192.0.2.1' })
  const alias = (name: string, data: string) => ({ type: 'CNAME' as const, name, data })
  expect(answer([address('other.svc.local')])).toMatchObject({ outcome: 'empty' })
  expect(answer([alias('prov.svc.local', 'real.x'), address('real.x')])).toMatchObject({
    ...{ outcome: 'answer', addresses: ['192.0.2.1'], aliases: ['real.x'] },
  })
  const loop = [alias('prov.svc.local', 'b.x'), alias('b.x', 'prov.svc.local')]
  expect(answer(loop)).toMatchObject({ outcome: 'empty' })
  const many = Array.from({ length: 11 }, () => address('prov.svc.local'))
  expect(answer(many)).toMatchObject({ outcome: 'answer', more: 3 })
})

test('a name that DNS cannot carry is not asked', () => {
  for (const name of ['a..b', `${'x'.repeat(64)}.y`, 'with space.z', `${'a.'.repeat(130)}b`])
    expect(encodeQuestion({ name, type: 'A' }, 1)).toBe(null)
})

test('a damaged octet never makes another answer of it than that octet can', () => {
  const at = fc.constantFrom(...FLIPS)
  fc.assert(
    fc.property(at, fc.integer({ min: 1, max: 255 }), (where, flip) => {
      const bytes = Buffer.from(RIGHT)
      bytes[where] = (bytes[where] ?? 0) ^ flip
      const read = readAnswer(bytes, QUERY, ASKED)
      if (typeof read === 'string') return
      const data = where >= RIGHT.length - 4
      expect(read.addresses.includes('192.0.2.1') || data || read.outcome !== 'answer').toBe(true)
      expect(read.addresses.length).toBeLessThanOrEqual(1)
    }),
    { numRuns: 2000 },
  )
})

test('whatever comes behind the right head, nothing is thrown and no broken frame is an answer', () => {
  const head = RIGHT.subarray(0, QUERY.length)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(12), (octets, count) => {
      const bytes = Buffer.concat([head, octets])
      bytes.writeUInt16BE(count, 6)
      const read = readAnswer(bytes, QUERY, ASKED)
      const said = typeof read === 'string' ? read : read.outcome
      expect(['ignore', 'malformed', 'answer', 'empty']).toContain(said)
      if (count > 0 && octets.length < 12) expect(said).toBe('malformed')
    }),
  )
})
