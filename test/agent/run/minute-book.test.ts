import { expect, test } from 'vitest'
import { GRACE_MS, MinuteBook } from '../../../agent/run/minute-book.ts'
import type { StreamObservation } from '../../../shared/record/observation.ts'

const seen = (farEnd: 'primary' | 'secondary', minute: number) =>
  ({ farEnd, from: minute * 60_000, to: (minute + 1) * 60_000 }) as StreamObservation
const book = () => new MinuteBook(2)

test('a minute becomes one record when every far end is in, the primary first', () => {
  const pages = book()
  pages.add(seen('secondary', 1), 0)
  expect(pages.take(1)).toEqual([])
  pages.add(seen('primary', 1), 2)
  const [minute] = pages.take(3)
  expect(minute?.observations.map((one) => one.farEnd)).toEqual(['primary', 'secondary'])
  expect(minute).toMatchObject({ from: 60_000, to: 120_000, monotonicMs: 60_000 })
  expect(pages.take(4)).toEqual([])
})

test('a far end that stays away holds the others up for the grace time only, and is not lost after', () => {
  const pages = book()
  pages.add(seen('primary', 1), 0)
  expect(pages.take(GRACE_MS - 1)).toEqual([])
  expect(pages.take(GRACE_MS)).toHaveLength(1)
  pages.add(seen('secondary', 1), GRACE_MS + 1)
  expect(pages.takeAll()).toHaveLength(1)
})

test('a minute holds the stream to a border beside that to the far end on whose way it lies', () => {
  const pages = book()
  pages.expect(3)
  pages.add({ ...seen('primary', 1), segment: 'lan' }, 0)
  pages.add(seen('secondary', 1), 0)
  expect(pages.take(1)).toEqual([])
  pages.add(seen('primary', 1), 1)
  const [minute] = pages.take(2)
  const streams = (minute?.observations ?? []) as StreamObservation[]
  const places = streams.map(({ farEnd, segment }) => [farEnd, segment])
  expect(places).toEqual([
    ['primary', undefined],
    ['secondary', undefined],
    ['primary', 'lan'],
  ])
})

test('minutes come out oldest first', () => {
  const pages = book()
  for (const minute of [3, 1, 2]) pages.add(seen('primary', minute), 0)
  expect(pages.takeAll().map((minute) => minute.from / 60_000)).toEqual([1, 2, 3])
})
