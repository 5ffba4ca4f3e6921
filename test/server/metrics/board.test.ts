import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Block, Board, spanIn } from '../../../server/metrics/board.ts'
import type { SiteText } from '../../../server/metrics/site-text.ts'

const FAMILIES = 3

function textOf(families: readonly string[]): SiteText {
  let written = 0
  const ends = Uint32Array.from(families, (lines) => {
    written += lines.length
    return written
  })
  return { bytes: Buffer.from(families.join('')), ends }
}

function read(block: Block, family: number, first: number, last = first): string {
  const [from, to] = spanIn(block, family, first, last)
  return Buffer.from(block.bytes.subarray(from, to)).toString()
}

/** Every text of every site as the blocks have it. */
function held(board: Board): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const block of board.blocks()) {
    for (const [slot, name] of block.names.entries()) {
      found.set(
        name,
        Array.from({ length: FAMILIES }, (_, family) => read(block, family, slot)),
      )
    }
  }
  return found
}

const lines = fc.stringMatching(/^[a-z]{0,12}$/)
const step = fc.record({
  site: fc.integer({ min: 0, max: 40 }).map((n) => `site-${n}`),
  /** Null: dropped. */
  text: fc.option(fc.array(lines, { minLength: FAMILIES, maxLength: FAMILIES })),
  /** Whether somebody reads afterwards, so that what waits is put in. */
  read: fc.boolean(),
})

test('holds the last text of every site, in whichever order they come, go and are read', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const board = new Board(FAMILIES)
      const wanted = new Map<string, string[]>()
      for (const [at, { site, text, read: reads }] of steps.entries()) {
        if (text !== null) {
          board.put(site, at, textOf(text))
          wanted.set(site, text)
          expect(board.version(site)).toBe(at)
        } else if (wanted.has(site)) {
          board.drop(site)
          wanted.set(site, ['', '', ''])
        }
        if (reads) expect(held(board)).toEqual(wanted)
      }
      expect(held(board)).toEqual(wanted)
    }),
  )
})

test('a scrape that holds a block is not disturbed by what is written meanwhile', () => {
  const board = new Board(FAMILIES)
  for (const name of ['a', 'b', 'c']) board.put(name, 1, textOf([name, name, name]))
  const [before] = board.blocks()
  if (before === undefined) throw new Error('no block')
  expect(read(before, 1, 0, 2)).toBe('abc')
  board.put('b', 2, textOf(['long', 'long', 'long']))
  const [after] = board.blocks()
  expect(after && read(after, 1, 0, 2)).toBe('alongc')
  expect([0, 1, 2].map((family) => read(before, family, 0, 2))).toEqual(['abc', 'abc', 'abc'])
})
