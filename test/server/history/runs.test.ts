import fc from 'fast-check'
import { expect, test } from 'vitest'
import { overwrite, type Run, type Slice } from '../../../server/store/history/runs.ts'

const LINES = ['a', 'b', 'c', 'd', 'e'] as const
const QUARTERS = 8

function slice(line: string, verdict: string): Slice {
  return { line, leg: 'out', farEnd: 'primary', segment: '', verdict, reason: 'x' }
}

/** What the store does with a change: all that end there go on, some go, some are put over others. */
function write(runs: readonly Run[], slices: readonly Slice[], at: number): Run[] {
  const touching = runs.filter((run) => run.to >= at && run.from <= at + 1)
  const { lengthen, remove, put } = overwrite(touching, slices, at, at + 1)
  const keyOf = ({ line, from }: Run) => `${line} ${from}`
  const kept = new Map(
    runs.map((run) => [keyOf(run), lengthen && run.to === at ? { ...run, to: at + 1 } : run]),
  )
  for (const run of remove) kept.delete(keyOf(run))
  expect(new Set(put.map(keyOf)).size, 'one statement may put each row once').toBe(put.length)
  for (const run of put) kept.set(keyOf(run), run)
  return [...kept.values()]
}

test('whatever is written in whatever order, runs say what was written last, joined', () => {
  const verdict = fc.constantFrom('pass', 'pass', 'pass', 'fail', null)
  const writing = fc.record({
    at: fc.integer({ min: 0, max: QUARTERS - 1 }),
    verdicts: fc.array(verdict, { minLength: LINES.length, maxLength: LINES.length }),
  })
  fc.assert(
    fc.property(fc.array(writing, { maxLength: 20 }), (writings) => {
      let runs: Run[] = []
      const last = new Map<string, string>()
      for (const { at, verdicts } of writings) {
        const slices = LINES.flatMap((line, n) => {
          const word = verdicts[n] ?? null
          if (word === null) last.delete(`${line} ${at}`)
          else last.set(`${line} ${at}`, word)
          return word === null ? [] : [slice(line, word)]
        })
        runs = write(runs, slices, at)
      }
      const said = runs.flatMap(({ line, from, to, verdict }) =>
        Array.from({ length: to - from }, (_, n) => [`${line} ${from + n}`, verdict] as const),
      )
      expect(said).toHaveLength(last.size)
      expect(new Map(said)).toEqual(last)
      for (const run of runs) {
        const next = runs.find(({ line, from }) => line === run.line && from === run.to)
        expect(next?.verdict, 'equal neighbours are one').not.toBe(run.verdict)
      }
    }),
  )
})

test('where almost every line stays what it was, only what changed is put', () => {
  const before = LINES.map((line) => ({ ...slice(line, 'pass'), from: 0, to: 3 }))
  const now = LINES.map((line) => slice(line, line === 'c' ? 'fail' : 'pass'))
  const change = overwrite(before, now, 3, 4)
  expect(change).toMatchObject({ lengthen: true, remove: [] })
  expect(change.put.map(({ line, from, to, verdict }) => [line, from, to, verdict])).toEqual([
    ['c', 3, 4, 'fail'],
    ['c', 0, 3, 'pass'],
  ])
})
