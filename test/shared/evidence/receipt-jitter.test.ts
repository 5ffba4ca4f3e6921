import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareReceipts } from '../../../shared/evidence/receipt-check.ts'
import { reachedOf } from '../../../shared/measure/arrival-figures.ts'
import { distributionOf } from '../../../shared/measure/distribution.ts'
import { jitterOf as jitterOfRuns, runningJitter } from '../../../shared/measure/jitter.ts'
import { arrivedJitter, signedJitter } from '../../../shared/measure/signed-jitter.ts'
import type { Jitter, StreamObservation } from '../../../shared/record/observation.ts'
import type { ReceiptStatement } from '../../../shared/record/receipt.ts'
import { judged, stream, verdictAt } from '../verdict/scenes.ts'

const PACKETS = 3000
const LIMIT = 30

/** Samples of a way that shakes as hard as asked; of each packet, whether its reply came. */
const shaken = fc.record({
  scaleMs: fc.double({ min: 1, max: 120, noNaN: true }),
  unanswered: fc.double({ min: 0, max: 0.3, noNaN: true }),
  seed: fc.integer({ min: 1, max: 2 ** 30 }),
})

function draws(seed: number) {
  let state = seed
  return () => {
    state = (state * 48271) % 0x7fffffff
    return state / 0x7fffffff
  }
}

/** What the reflector reckons of all that arrived, and the agent of what was answered. */
function bothSides({
  scaleMs,
  unanswered,
  seed,
}: { [name in 'scaleMs' | 'unanswered' | 'seed']: number }) {
  const random = draws(seed)
  const transits = Float64Array.from({ length: PACKETS }, () => random() * scaleMs * 1e6)
  const there = runningJitter(transits)
  const known = transits.filter(() => random() >= unanswered)
  const all = distributionOf(there)
  const own = jitterOfRuns([runningJitter(known)], LIMIT)
  if (all === null || own === null) throw new Error('no samples')
  const { histogram: _, ...figures } = all
  const jitter = { ...figures, reached: reachedOf(there) }
  return { there, own, statement: statementOf(jitter) }
}

function statementOf(jitter: ReceiptStatement['jitter'], expected = PACKETS): ReceiptStatement {
  const { tos, ttl } = stream().legs.out
  const counts = { expected, received: PACKETS, duplicated: 0, reordered: 0 }
  return { ...counts, tos, ttl, jitter, rows: { sha256: '', rows: PACKETS } } as ReceiptStatement
}

const told = (
  stampedJitter: Jitter | null,
  statement: ReceiptStatement,
  by: Partial<StreamObservation> = {},
) =>
  compareReceipts({ ...stream(), stampedJitter, ...by }, [statement]).filter(
    ({ what }) => what === 'jitter',
  )

test('how many samples reach each whole millisecond is counted as a limit counts them', () => {
  const samples = fc.array(fc.double({ min: 0, max: 200e6, noNaN: true }), { maxLength: 200 })
  fc.assert(
    fc.property(samples, (list) => {
      const reached = reachedOf(Float64Array.from(list))
      for (let ms = 1; ms <= 100; ms++)
        expect(reached[ms - 1] ?? 0).toBe(list.filter((ns) => ns >= ms * 1e6).length)
      expect(reached.length).toBeLessThanOrEqual(100)
      expect(reached.at(-1)).not.toBe(0)
    }),
  )
})

test('whatever replies did not come, an agent says the jitter of all that arrived, to the count', () => {
  fc.assert(
    fc.property(shaken, (way) => {
      const { there, own, statement } = bothSides(way)
      const said = arrivedJitter(own, [statement], PACKETS)
      expect(said).toMatchObject({ n: PACKETS - 1, limitMs: LIMIT })
      expect(said?.reachesLimit).toBe(there.filter((ns) => ns >= LIMIT * 1e6).length)
      expect(told(said, statement)).toEqual([])
      // Marks and jitter do not depend on the way in which the agent knows its losses.
      expect(told(said, statement, { attribution: 'replies' })).toEqual([])
    }),
    { numRuns: 30 },
  )
})

test('one reply left out, another count, other losses: no figure of jitter may then be another', () => {
  const { own, statement } = bothSides({ scaleMs: 100, unanswered: 0.001, seed: 7 })
  const said = arrivedJitter(own, [statement], PACKETS)
  if (said === null) throw new Error('nothing said')
  expect(own.n).toBeLessThan(said.n)
  const { legs } = stream()
  const copied = {
    legs: { ...legs, out: { ...legs.out, loss: { ...legs.out.loss, duplicated: 1 } } },
  }
  const ways: Partial<StreamObservation>[] = [{}, { attribution: 'replies' }, copied]
  for (const way of ways) {
    for (const name of ['min', 'max', 'sum', 'p50', 'p95', 'p99'] as const) {
      const less = said.running[name] - (name === 'sum' ? 0.0011 * said.n : 0.0011)
      const lie = { ...said, running: { ...said.running, [name]: less } }
      expect(told(lie, statement, way), name).toHaveLength(1)
    }
    for (const lie of [
      { ...said, reachesLimit: said.reachesLimit - 1 },
      { ...said, n: said.n + 1 },
      own,
    ])
      expect(told(lie, statement, way)).toHaveLength(1)
  }
})

test('jitter over the limit that one reply left out had hidden is no pass', () => {
  const { own, statement } = bothSides({ scaleMs: 130, unanswered: 0.001, seed: 11 })
  const hidden = { ...own, reachesLimit: 0, running: { ...own.running, p95: 29 } }
  expect(statement.jitter?.p95).toBeGreaterThan(LIMIT)
  const stampedJitter = arrivedJitter(hidden, [statement], PACKETS)
  const { legs } = stream()
  const lied = {
    ...stream(),
    stampedJitter,
    legs: { ...legs, out: { ...legs.out, jitter: hidden } },
  }
  expect(verdictAt(judged([lied]), 'VRN-4', 'out')).toBe('inconclusive host')
})

test('without a count for the limit, or of a part alone, the agent’s own stands', () => {
  const { own, statement } = bothSides({ scaleMs: 40, unanswered: 0.001, seed: 3 })
  const { jitter } = statement
  if (jitter === null) throw new Error('no jitter')
  const { reached: _, ...early } = jitter
  const without: (readonly [Jitter, ReceiptStatement[]])[] = [
    [own, []],
    [own, [statement, statement]],
    [own, [statementOf(early)]],
    [own, [statementOf(null)]],
    [own, [statementOf(jitter, PACKETS - 1)]],
    [{ ...own, limitMs: 30.5 }, [statement]],
    [{ ...own, limitMs: 101 }, [statement]],
  ]
  for (const [mine, statements] of without) {
    expect(signedJitter(mine, statements, PACKETS)).toBeNull()
    expect(arrivedJitter(mine, statements, PACKETS)).toBe(mine)
  }
  expect(arrivedJitter(null, [statement], PACKETS)).toBeNull()
  // A receipt of fewer packets than were answered: who is right is for others to see.
  const fewer = statementOf({ ...jitter, n: own.n - 1 })
  expect(arrivedJitter(own, [fewer], PACKETS)).toBe(own)
  expect(told(own, fewer)).toHaveLength(1)
})
