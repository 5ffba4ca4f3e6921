import { terminalLine } from '../../shared/terminal-text.ts'

/**
 * Fixed-width tables for people: fits a width by wrapping the columns that may wrap, never by
 * cutting text off. Colour is put on after the widths are known, so it cannot shift a column.
 */
export interface Column {
  readonly title: string
  /** Text that may be broken over lines when the table is too wide, down to this width. */
  readonly wrapTo?: number
  readonly align?: 'left' | 'right'
}

export interface Row {
  readonly cells: readonly string[]
  /** Lines below the row, indented, over the whole width. */
  readonly below?: readonly string[]
  /** Puts colour on one finished cell. */
  readonly paint?: (column: number, text: string) => string
}

const GAP = '  '

/** Renders header, rule and rows; every line fits `width` as long as the fixed columns do. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly Row[],
  width: number,
): string[] {
  const widths = fitWidths(columns, rows, width)
  const header = { cells: columns.map(({ title }) => title) }
  const rule = widths.map((size) => '-'.repeat(size))
  const lines = [...renderRow(columns, header, widths), rule.join(GAP)]
  for (const row of rows) {
    lines.push(...renderRow(columns, row, widths))
    for (const note of row.below ?? []) lines.push(...noteLines(note, width))
  }
  return lines
}

/** Breaks text at spaces and after hyphens, and inside a word or an option (--media-only) only when it must. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const part of terminalLine(text).match(/(?<!\S)-\S*|[^\s-]*-+|[^\s-]+|\s+/g) ?? []) {
    let rest = part
    if (line.length + rest.trimEnd().length > width && line !== '') {
      lines.push(line.trimEnd())
      line = ''
    }
    if (line === '') rest = rest.trimStart()
    while (rest.length > width) {
      lines.push(rest.slice(0, width))
      rest = rest.slice(width)
    }
    line += rest
  }
  if (line.trimEnd() !== '' || lines.length === 0) lines.push(line.trimEnd())
  return lines
}

/** Wraps text with every line indented. */
export function indent(text: string, width: number, by: number): string[] {
  return wrap(text, width - by).map((line) => `${' '.repeat(by)}${line}`)
}

const SOLID_HYPHEN = '\u2011'

/** The same, broken at spaces alone: a range, an id or a key that goes over two lines is copied wrong. */
export function indentUnbroken(text: string, width: number, by: number): string[] {
  const lines = indent(text.replaceAll('-', SOLID_HYPHEN), width, by)
  return lines.map((line) => line.replaceAll(SOLID_HYPHEN, '-'))
}

const AGAIN = 'again: '

function noteLines(note: string, width: number): string[] {
  if (!note.startsWith(AGAIN)) return indent(note, width, 4)
  return indentCommand(AGAIN, note.slice(AGAIN.length), width, 4)
}

/**
 * A command for a shell, indented behind what it is: broken between its words alone, so that what is
 * copied over several lines is still one command with the same arguments.
 */
export function indentCommand(lead: string, command: string, width: number, by: number): string[] {
  const margin = ' '.repeat(by)
  const lines: string[] = []
  let line = lead
  for (const word of terminalLine(command).match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? []) {
    const room = width - by - ' \\'.length
    if (line.length + 1 + word.length > room && line.trim() !== lead.trim() && line !== '') {
      lines.push(`${margin}${line} \\`)
      line = ''
    }
    line = line === '' || line === lead ? `${line}${word}` : `${line} ${word}`
  }
  return [...lines, `${margin}${line}`]
}

function fitWidths(columns: readonly Column[], rows: readonly Row[], width: number): number[] {
  const widths = columns.map((column, at) =>
    Math.max(column.title.length, ...rows.map((row) => terminalLine(row.cells[at] ?? '').length)),
  )
  const total = () => widths.reduce((sum, size) => sum + size, 0) + GAP.length * (widths.length - 1)
  while (total() > width) {
    // The widest column that may still shrink gives a character.
    const widest = columns
      .map((column, at) => ({ at, spare: (widths[at] ?? 0) - (column.wrapTo ?? Infinity) }))
      .filter(({ spare }) => spare > 0)
      .sort((a, b) => b.spare - a.spare)[0]
    if (widest === undefined) break
    widths[widest.at] = (widths[widest.at] ?? 1) - 1
  }
  return widths
}

function renderRow(columns: readonly Column[], row: Row, widths: readonly number[]): string[] {
  const wrapped = columns.map((_, at) => wrap(row.cells[at] ?? '', widths[at] ?? 1))
  const height = Math.max(...wrapped.map((lines) => lines.length))
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((column, at) => {
        const text = pad(wrapped[at]?.[line] ?? '', widths[at] ?? 0, column.align)
        return row.paint === undefined ? text : row.paint(at, text)
      })
      .join(GAP)
      .trimEnd(),
  )
}

function pad(text: string, width: number, align: Column['align']): string {
  return align === 'right' ? text.padStart(width) : text.padEnd(width)
}
