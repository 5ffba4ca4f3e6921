import { expect, test } from 'vitest'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { RoundBook } from '../../../shared/verdict/rounds.ts'
import { link, nic } from './links.ts'
import { stream } from './scenes.ts'

const HOUR = 3_600_000
const carrying = (
  startedMs: number,
  part = 1,
  parts = 1,
  agent = 'a',
): Pick<AgentRecord, 'agent' | 'round' | 'observations'> => ({
  agent,
  round: { startedMs, part, parts, everyMs: HOUR },
  observations: [stream(), link({ interfaces: [nic({ name: `eth${part}` })] })],
})

function bookOf(...records: readonly ReturnType<typeof carrying>[]): RoundBook {
  const book = new RoundBook()
  for (const record of records) book.add(record)
  return book
}

test('nothing was seen: nothing holds', () => {
  expect(bookOf().at(5)).toBeNull()
})

test('what was seen holds from its start for twice the schedule, and not a moment longer', () => {
  const book = bookOf(carrying(HOUR))
  expect(book.at(HOUR - 1)).toBeNull()
  expect(book.at(HOUR)?.startedMs).toBe(HOUR)
  expect(book.at(3 * HOUR - 1)?.startedMs).toBe(HOUR)
  expect(book.at(3 * HOUR)).toBeNull()
})

test('streams are no part of a round, and a part that comes twice counts once', () => {
  const round = bookOf(carrying(HOUR), carrying(HOUR)).at(HOUR)
  expect(round?.observations.map(({ kind }) => kind)).toEqual(['link'])
})

test('while parts are missing the last whole round holds; without one, what has come', () => {
  const [whole, first, second] = [
    carrying(HOUR),
    carrying(2 * HOUR, 1, 2),
    carrying(2 * HOUR, 2, 2),
  ]
  expect(bookOf(whole, first).at(2 * HOUR)).toMatchObject({ startedMs: HOUR, complete: true })
  expect(bookOf(first).at(2 * HOUR)).toMatchObject({ startedMs: 2 * HOUR, complete: false })
  const both = bookOf(second, whole, first).at(2 * HOUR)
  expect(both).toMatchObject({ startedMs: 2 * HOUR, complete: true })
  expect(both?.observations).toHaveLength(2)
})

test('parts of two agents are never put together', () => {
  const round = bookOf(carrying(HOUR, 1, 2, 'a'), carrying(HOUR, 2, 2, 'b')).at(HOUR)
  expect(round?.complete).toBe(false)
})
