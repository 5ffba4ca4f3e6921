import { describe, expect, test } from 'vitest'
import { paintFor } from '../../agent/cli/colour.ts'
import { renderTable, wrap } from '../../agent/cli/table.ts'
import { wrap as wrapLine } from '../../agent/verify/render.ts'
import { showOnly, terminalText } from '../../shared/terminal-text.ts'

/** What another party may call a thing: it goes up a line, clears it, and writes a word of its own. */
const HOSTILE = 'dc1\u001b[1A\u001b[2K\rVERIFIED\nREADY\u009b8m\u202e'
const SHOWN = 'dc1\\u001b[1A\\u001b[2K\\u000dVERIFIED\\u000aREADY\\u009b8m\\u202e'
const paint = paintFor({ isTTY: true }, {})

describe('the words of others', () => {
  test('are shown as what they are in a line, a cell, and below a row', () => {
    expect(wrap(HOSTILE, 100)).toEqual([SHOWN])
    expect(wrapLine(HOSTILE)).toEqual([SHOWN])
    const lines = renderTable([{ title: 'a' }], [{ cells: [HOSTILE], below: [HOSTILE] }], 100)
    expect(lines.slice(2)).toEqual([SHOWN, `    ${SHOWN}`])
  })
  test('do not take their colour from those of this program', () => {
    expect(wrap(paint.red(HOSTILE), 100)).toEqual([paint.red(SHOWN)])
    expect(wrap('\u001b[8mhidden\u001b[41m', 100)).toEqual(['\\u001b[8mhidden\\u001b[41m'])
  })
})

describe('all that is written', () => {
  test('keeps lines, tabs, colours and a redraw at its beginning, and nothing else', () => {
    const good = [`${paint.green('a')}\tb\r\nc\n`, '\r\u001b[Kwaiting', '\u001b[12A\u001b[Jboard\n']
    expect(good.map(terminalText)).toEqual(good)
    expect(terminalText('a\r\u001b[Kb\u001b[2Ac')).toBe('a\\u000d\\u001b[Kb\\u001b[2Ac')
    expect(terminalText('Gr\u00fc\u00dfe \u{1f600}')).toBe('Gr\u00fc\u00dfe \u{1f600}')
  })
  test('means the same as JSON', () => {
    const found = { name: `${HOSTILE}\u007f\u2028\ud800` }
    expect(JSON.parse(terminalText(JSON.stringify(found)))).toEqual(found)
  })
  test('goes through where it is text', () => {
    const written: unknown[] = []
    const stream = { write: (...all: unknown[]) => written.push(...all) > 0 }
    showOnly(stream)
    expect(stream.write('a\u001b[2J', 'utf8')).toBe(true)
    stream.write(Uint8Array.of(27))
    expect(written).toEqual(['a\\u001b[2J', 'utf8', Uint8Array.of(27)])
  })
})
