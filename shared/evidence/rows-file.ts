import * as v from 'valibot'
import { ok, type Result, refuse } from '../result.ts'
import { formatLine, type LineOf, parseLine } from './bundle.ts'

/**
 * What a reflector or an agent hands out of its ring: gzip of lines, each a JSON object. The first
 * says whose rows of which time these are and what is not among them; the others are the lines of
 * `rows` of a bundle. The file needs no signature: each window is held against a digest signed before.
 */
export const ROWS_FORMAT = 'voip-ready/rows/1'

const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e12))
const short = v.pipe(v.string(), v.maxLength(300))

export const RowsHeadSchema = v.strictObject({
  format: v.literal(ROWS_FORMAT),
  side: v.picklist(['agent', 'reflector']),
  from: instant,
  to: instant,
  /** Rows from before this are no longer kept; null: none are. */
  since: v.nullable(instant),
  windows: count,
  /** Windows of this time that are not here, and why. */
  absent: v.array(v.strictObject({ cause: short, windows: count, from: instant, to: instant })),
})
export type RowsHead = v.InferOutput<typeof RowsHeadSchema>

/** The text of such a file, line by line with newlines. */
export function* rowsFileText(head: RowsHead, rows: Iterable<LineOf<'rows'>>): Generator<string> {
  yield `${JSON.stringify(head)}\n`
  for (const line of rows) yield `${formatLine(line)}\n`
}

/** Reads the lines of such a file; the reason when it is none. */
export function parseRowsFile(
  lines: Iterable<string>,
): Result<{ readonly head: RowsHead; readonly rows: readonly LineOf<'rows'>[] }, string> {
  let head: RowsHead | null = null
  const rows: LineOf<'rows'>[] = []
  for (const text of lines) {
    if (head === null) {
      head = headOf(text)
      if (head === null) return refuse(`the first line is not that of ${ROWS_FORMAT}`)
      continue
    }
    const line = parseLine(text)
    if (!line.ok) return refuse(`window ${rows.length + 1}: ${line.error}`)
    if (line.value.kind !== 'rows') return refuse(`window ${rows.length + 1}: ${line.value.kind}`)
    rows.push(line.value)
  }
  if (head === null) return refuse('it is empty')
  if (head.windows === rows.length) return ok({ head, rows })
  return refuse(`it states ${head.windows} windows and holds ${rows.length}: cut short`)
}

function headOf(text: string): RowsHead | null {
  try {
    const parsed = v.safeParse(RowsHeadSchema, JSON.parse(text))
    return parsed.success ? parsed.output : null
  } catch {
    return null
  }
}
