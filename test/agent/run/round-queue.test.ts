import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeLog } from '../../../agent/log.ts'
import { RoundQueue } from '../../../agent/run/round-queue.ts'
import type { Observation } from '../../../shared/record/kinds.ts'
import { link, nic } from '../../shared/verdict/links.ts'

function queue() {
  const said: string[] = []
  return {
    said,
    rounds: new RoundQueue(
      makeLog(
        'lines',
        (line) => said.push(line),
        () => 0,
      ),
    ),
  }
}

/** Some observation whose JSON is about so long. */
function sized(interfaces: number): Observation {
  return link({
    interfaces: Array.from({ length: interfaces }, (_, i) => nic({ name: `eth${i}` })),
  })
}
const EVERY = 3_600_000

test('every observation goes exactly once, in parts that fit a record beside its streams', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 16 }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 20_000 }), (counts, streams) => {
      const { rounds } = queue()
      const observations = counts.map(sized)
      rounds.add({ startedMs: 1, everyMs: EVERY, observations })
      const parts = []
      for (let part = rounds.take(streams); part; part = rounds.take(streams)) parts.push(part)
      expect(parts.flatMap((part) => part.observations)).toEqual(observations)
      expect(parts.map((part) => part.tag.part)).toEqual(parts.map((_, at) => at + 1))
      for (const { tag, observations: own } of parts) {
        expect(tag.parts).toBe(parts.length)
        expect(JSON.stringify(own).length + streams).toBeLessThan(48_000)
      }
    }),
  )
})

test('a record without room leaves the part for the next', () => {
  const { rounds } = queue()
  rounds.add({ startedMs: 1, everyMs: EVERY, observations: [sized(4)] })
  expect(rounds.take(45_900)).toBeUndefined()
  expect(rounds.take(15_000)?.tag).toEqual({ startedMs: 1, part: 1, parts: 1, everyMs: EVERY })
  expect(rounds.take(0)).toBeUndefined()
})

test('a newer round takes the place of what was not sent, and says so', () => {
  const { rounds, said } = queue()
  for (const startedMs of [1, 2]) {
    rounds.add({ startedMs, everyMs: EVERY, observations: [sized(1)] })
  }
  expect(rounds.take(0)?.tag.startedMs).toBe(2)
  expect(rounds.take(0)).toBeUndefined()
  expect(said.join('')).toContain('replaced by a newer one')
})
