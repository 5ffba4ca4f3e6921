import type { Kysely } from 'kysely'
import type { Tables } from '../store/tables.ts'
import { countRows, type Value, writeRows } from '../store/transfer/rows.ts'
import type { ColumnShape, TableShape } from '../store/transfer/shapes.ts'
import type { ExportReader } from './export-file.ts'

/** Rows, and characters of their text, that are written in one go: what bounds the memory. */
const BATCH_ROWS = 400
const BATCH_CHARACTERS = 4_000_000

/** Takes the lines of an export into tables, and holds each against what the schema says of it. */
export class RowLoader {
  readonly #db: Kysely<Tables>
  readonly #reader: ExportReader
  readonly #waiting: TableShape[]
  readonly #tables: number
  readonly #onProgress: (table: string, rows: number) => void
  #shape: TableShape | null = null
  #batch: Value[][] = []
  #characters = 0
  #written = 0
  #rows = 0

  constructor(
    db: Kysely<Tables>,
    reader: ExportReader,
    shapes: readonly TableShape[],
    onProgress: (table: string, rows: number) => void,
  ) {
    this.#db = db
    this.#reader = reader
    this.#waiting = [...shapes]
    this.#tables = shapes.length
    this.#onProgress = onProgress
  }

  get rows(): number {
    return this.#rows
  }

  begin(table: string, columns: readonly string[]): void {
    const shape = this.#shape === null ? this.#waiting.shift() : undefined
    if (shape?.name !== table) throw this.#reader.fault(`table ${shape?.name ?? 'none'}`, table)
    const wanted = shape.columns.map(({ name }) => name)
    if (wanted.join() !== columns.join()) {
      throw this.#reader.fault(`columns ${wanted.join()}`, columns.join())
    }
    this.#shape = shape
    this.#written = 0
  }

  async row(values: readonly unknown[]): Promise<void> {
    const columns = this.#shape?.columns ?? []
    if (values.length !== columns.length || columns.length === 0) {
      throw this.#reader.fault(`${columns.length} values`, `${values.length}`)
    }
    this.#batch.push(columns.map((column, at) => this.#value(column, values[at])))
    for (const value of values) this.#characters += typeof value === 'string' ? value.length : 0
    if (this.#batch.length >= BATCH_ROWS || this.#characters >= BATCH_CHARACTERS)
      await this.#flush()
  }

  /** The rows that were written are counted again in the database. */
  async end(rows: number): Promise<void> {
    await this.#flush()
    const found = this.#shape === null ? 0 : await countRows(this.#db, this.#shape.name)
    if (found !== rows) throw this.#reader.fault(`${rows} rows in the database`, `${found}`)
    this.#rows += rows
    this.#shape = null
  }

  finish(tables: number, rows: number): void {
    const [missing] = this.#waiting
    if (missing !== undefined || tables !== this.#tables) {
      throw this.#reader.fault(`${this.#tables} tables`, `${tables}, without ${missing?.name}`)
    }
    if (rows !== this.#rows) throw this.#reader.fault(`${rows} rows`, `${this.#rows}`)
  }

  async #flush(): Promise<void> {
    if (this.#shape === null || this.#batch.length === 0) return
    await writeRows(this.#db, this.#shape, this.#batch)
    this.#written += this.#batch.length
    this.#onProgress(this.#shape.name, this.#written)
    this.#batch = []
    this.#characters = 0
  }

  #value({ name, kind }: ColumnShape, value: unknown): Value {
    if (value === null) return null
    if (kind === 'integer' && Number.isSafeInteger(value)) return value as number
    if (kind === 'text' && typeof value === 'string') return value
    if (kind === 'bytes' && typeof value === 'string') {
      const bytes = Buffer.from(value, 'base64')
      if (bytes.toString('base64') === value) return bytes
    }
    throw this.#reader.fault(`${kind} in ${name}`, String(value).slice(0, 60))
  }
}
