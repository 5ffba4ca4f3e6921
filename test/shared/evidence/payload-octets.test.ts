import { expect, test } from 'vitest'
import { OctetsPool, PayloadOctets } from '../../../shared/evidence/payload-octets.ts'
import { seededRandom } from '../../support/random.ts'
import { SEED } from '../../support/seed.ts'

test('what was put stays where it was, however much comes behind it', () => {
  const random = seededRandom(SEED)
  const octets = new PayloadOctets(4)
  const put = Array.from({ length: 300 }, (_, turn) => {
    const text = 'aü\u2028\u{1f600}'.repeat(Math.floor(random() * 20))
    const place = turn % 2 === 0 ? octets.put(text) : octets.copy(Buffer.from(text))
    return { text, place }
  })
  for (const { text, place } of put) expect(Buffer.from(octets.at(place)).toString()).toBe(text)
  const all = Buffer.from(put.map(({ text }) => text).join(''))
  expect(Buffer.from(octets.taken()).equals(all)).toBe(true)
  expect(octets.put('again')).toEqual({ from: 0, to: 5 })
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
