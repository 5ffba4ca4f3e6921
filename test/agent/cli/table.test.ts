import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderTable, wrap } from '../../../agent/cli/table.ts'

const word = fc.stringMatching(/^[a-z-]{1,12}$/)
const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '))

test('no line is wider than asked, whatever the cells hold', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 6 }), (cells) => {
      const columns = [
        { title: 'a', wrapTo: 10 },
        { title: 'a title that is wider than the column may be', wrapTo: 10 },
      ]
      const rows = cells.map(([a, b]) => ({ cells: [a, b], below: [`${a} ${b}`] }))
      const lines = renderTable(columns, rows, 40)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40)
    }),
  )
})

test('wrapping loses no letter', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 30 }), (long, width) => {
      const bare = (some: string) => some.replaceAll(' ', '')
      expect(bare(wrap(long, width).join(''))).toBe(bare(long))
    }),
  )
})

test('colour does not shift a column', () => {
  const columns = [{ title: 'one' }, { title: 'two' }]
  const cells = ['a', 'b']
  const plain = renderTable(columns, [{ cells }], 80)
  const painted = renderTable(
    columns,
    [{ cells, paint: (_, some) => `\u001b[31m${some}\u001b[39m` }],
    80,
  )
  const bare = painted.map((line) =>
    line.replaceAll('\u001b[31m', '').replaceAll('\u001b[39m', '').trimEnd(),
  )
  expect(bare).toEqual(plain)
})

test('an option is not broken at its hyphens: what is advised can be pasted', () => {
  expect(wrap('voip-ready check --key leeds:SECRET --profile x', 38)).toEqual([
    'voip-ready check --key leeds:SECRET',
    '--profile x',
  ])
  expect(wrap('a no-session and --media-only', 22)).toEqual(['a no-session and', '--media-only'])
})
