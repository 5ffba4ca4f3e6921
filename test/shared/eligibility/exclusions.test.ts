import { expect, test } from 'vitest'
import { exclusionsIn } from '../../../shared/eligibility/exclusions.ts'

const HOUR = 3_600_000
const SPAN = { from: 0, to: 1000 * HOUR }

/** What was said of a window, in the order of the log: at which hour, and of which hours. */
function applied(...said: readonly (readonly [at: number, from: number, withdrawn?: true])[]) {
  const entries = said.map(([at, from, withdrawn = false], index) => ({
    index,
    entry: {
      ...({
        format: 'voip-ready/entry/1',
        kind: 'exclusion',
        at: at * HOUR,
        site: 'leeds',
      } as const),
      ...({ id: 'mw-7', from: from * HOUR, to: (from + 1) * HOUR, cause: 'maintenance' } as const),
      ...{ why: 'work on the core', by: 'noc', withdrawn },
    },
  }))
  return exclusionsIn(entries, SPAN).map((one) => one.applied)
}

test('a window that was moved beforehand excuses its new time alone', () => {
  expect(applied([1, 10], [2, 20])).toEqual([false, true])
  // Moved once it had begun, it took its time.
  expect(applied([1, 10], [11, 20])).toEqual([true, true])
})

test('a window that was taken back and entered again counts', () => {
  expect(applied([1, 10], [2, 10, true])).toEqual([false, false])
  expect(applied([1, 10], [2, 10, true], [3, 10])).toEqual([false, false, true])
  expect(applied([1, 10], [11, 10, true])).toEqual([true, false])
})

test('a word counts from where it stands in the log, whatever date it bears', () => {
  expect(applied([30, 40], [9, 10])).toEqual([false, false])
})
