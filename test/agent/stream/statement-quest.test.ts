import { expect, test } from 'vitest'
import { StatementQuest } from '../../../agent/stream/statement-quest.ts'
import type { StatementAnswer, StatementRange } from '../../../shared/wire/statement.ts'

const SESSION = '00'.repeat(8)
const ranges = (count: number) =>
  Array.from({ length: count }, (_, stream) => ({ stream, first: 0, count: 3000 }))

/** What comes of it when each question is answered so; undefined: it is still under way. */
function outcomeOf(streams: readonly StatementRange[], answer: StatementAnswer | null) {
  const quest = new StatementQuest(SESSION, streams, () => {
    if (answer === null) return
    const none = { parts: 0, piece: new Uint8Array(0) }
    quest.take({ sessionId: SESSION, part: 0, answer, ...none })
  })
  for (let at = 0; at < 60; at += 1) quest.tick(at * 100e6)
  return quest.outcome
}

test('why there is no signed statement is told apart', () => {
  const found = (answer: StatementAnswer | null, streams = 1) =>
    outcomeOf(ranges(streams), answer)?.oneSided
  expect(found('unsigned')).toBe('not-offered')
  expect(found('too-large')).toBe('too-large')
  expect(found('forgotten')).toBe('forgotten')
  expect(found(null)).toBe('no-answer')
  expect(found('later')).toBe('no-answer')
  expect(found('given', 0)).toBe('no-session')
  // A reflector from before spans finds no range in what is asked for many streams.
  expect(found('forgotten', 65)).toBe('too-large')
  expect(outcomeOf(ranges(1), 'forgotten')?.receipts).toEqual([])
})

test('streams that cannot be asked for in one question are not asked for', () => {
  const unlike = ranges(66).map((one, at) => ({ ...one, count: 3000 - (at % 2) }))
  expect(outcomeOf(unlike, 'unsigned')?.oneSided).toBe('too-large')
})
