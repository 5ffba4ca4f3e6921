import { createHash, type Hash } from 'node:crypto'
import { closeSync, createReadStream, createWriteStream, fsyncSync, openSync } from 'node:fs'
import { finished } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import * as v from 'valibot'
import { Fault } from '../../shared/errors.ts'
import { isMissing } from './manifest.ts'

/**
 * A whole collector in one file: lines of JSON, packed by gzip. A head; for each table a line that
 * names it and its columns, a line for each row (an array; bytes in base64), and a line that ends it with
 * the count and the SHA-256 of these rows; the files of the data directory; and a line that ends the
 * export. Whatever is cut off, changed or added shows in one of these.
 */
const FORMAT = 'voip-ready/export/1'
/** No line of ours comes near it: a record is bounded, a tile has 8 KiB. */
const MAX_LINE_BYTES = 64 * 1024 * 1024

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const HeadSchema = v.strictObject({
  format: v.literal(FORMAT),
  version: v.string(),
  at: v.pipe(v.string(), v.isoTimestamp()),
  schemaVersion: v.pipe(count, v.minValue(1)),
})
const LineSchema = v.union([
  v.strictObject({ table: v.string(), columns: v.array(v.string()) }),
  v.strictObject({ endTable: v.string(), rows: count, sha256 }),
  v.strictObject({ file: v.string(), base64: v.pipe(v.string(), v.base64()) }),
  v.strictObject({ endExport: v.literal(true), tables: count, rows: count }),
])
export type ExportHead = v.InferOutput<typeof HeadSchema>
export type ExportLine = v.InferOutput<typeof LineSchema> | { readonly row: readonly unknown[] }

/** Writes lines, waits where the disk is slower, and is on disk when `end` resolves. */
export class ExportWriter {
  readonly #file: string
  readonly #gzip = createGzip({ level: 1 })
  readonly #done: Promise<void>
  #error: Error | null = null
  #digest: Hash = createHash('sha256')

  /** @param file must not be there yet */
  constructor(file: string, head: Omit<ExportHead, 'format'>) {
    this.#file = file
    const out = createWriteStream(file, { flags: 'wx', mode: 0o600 })
    this.#done = finished(this.#gzip.pipe(out))
    this.#done.catch((error: Error) => {
      this.#error = error
      this.#gzip.destroy()
    })
    this.#gzip.write(`${JSON.stringify({ format: FORMAT, ...head })}\n`)
  }

  beginTable(table: string, columns: readonly string[]): Promise<void> {
    this.#digest = createHash('sha256')
    return this.#write(JSON.stringify({ table, columns }))
  }

  rows(lines: readonly string[]): Promise<void> {
    const text = lines.join('\n')
    this.#digest.update(`${text}\n`)
    return this.#write(text)
  }

  endTable(endTable: string, rows: number): Promise<void> {
    return this.#write(JSON.stringify({ endTable, rows, sha256: this.#digest.digest('hex') }))
  }

  file(file: string, bytes: Uint8Array): Promise<void> {
    return this.#write(JSON.stringify({ file, base64: Buffer.from(bytes).toString('base64') }))
  }

  async end(tables: number, rows: number): Promise<void> {
    await this.#write(JSON.stringify({ endExport: true, tables, rows }))
    this.#gzip.end()
    await this.#done
    const handle = openSync(this.#file, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  }

  async #write(line: string): Promise<void> {
    if (this.#error !== null) throw this.#error
    if (this.#gzip.write(`${line}\n`)) return
    const drained = new Promise<void>((resolve) => this.#gzip.once('drain', resolve))
    await Promise.race([drained, this.#done])
  }
}

/** Reads an export line by line; what is wrong with it is a fault that names the line. */
export class ExportReader {
  readonly #file: string
  readonly #lines: AsyncGenerator<string>
  #at = 0
  #where = 'its head'
  #digest: Hash = createHash('sha256')
  #rows = 0

  constructor(file: string) {
    this.#file = file
    this.#lines = linesOf(file)
  }

  /** @throws Fault STORE when it is not an export of ours */
  async head(): Promise<ExportHead> {
    const head = v.safeParse(HeadSchema, this.#parse(await this.#next()))
    if (head.success) return head.output
    throw this.fault('the head of an export', head.issues[0].message)
  }

  /** Every line after the head, to the one that ends the export. */
  async *lines(): AsyncGenerator<ExportLine> {
    for (;;) {
      const text = await this.#next()
      if (text.startsWith('[')) {
        this.#digest.update(`${text}\n`)
        this.#rows += 1
        const row = this.#parse(text)
        if (!Array.isArray(row)) throw this.fault('a row', text.slice(0, 60))
        yield { row }
        continue
      }
      const line = v.safeParse(LineSchema, this.#parse(text))
      if (!line.success) throw this.fault('a line of an export', text.slice(0, 60))
      if ('table' in line.output) this.#begin(line.output.table)
      if ('endTable' in line.output) this.#checkTable(line.output)
      yield line.output
      if ('endExport' in line.output) return this.#checkEnd()
    }
  }

  /** A fault that says where in the file. */
  fault(wanted: string, found: string): Fault {
    const where = `${this.#file}: line ${this.#at}, ${this.#where}`
    return new Fault('STORE', where, wanted, found, 'export again; nothing was imported')
  }

  #begin(table: string): void {
    this.#where = `table ${table}`
    this.#digest = createHash('sha256')
    this.#rows = 0
  }

  #checkTable(end: { readonly endTable: string; readonly rows: number; readonly sha256: string }) {
    const { endTable, rows } = end
    if (this.#where !== `table ${endTable}`) throw this.fault(`the end of ${this.#where}`, endTable)
    if (this.#rows !== rows) throw this.fault(`${rows} rows`, `${this.#rows}`)
    if (this.#digest.digest('hex') !== end.sha256) {
      throw this.fault('rows with the digest that ends them', 'other bytes')
    }
    this.#where = `after table ${endTable}`
  }

  async #checkEnd(): Promise<void> {
    this.#where = 'after its end'
    const { done } = await this.#lines.next().catch((error) => Promise.reject(this.#broken(error)))
    if (done !== true) throw this.fault('nothing', 'more lines')
  }

  async #next(): Promise<string> {
    this.#at += 1
    try {
      const { value, done } = await this.#lines.next()
      if (done !== true) return value
    } catch (error) {
      throw this.#broken(error)
    }
    throw this.fault('more lines: the export was cut off', 'its end')
  }

  #broken(error: unknown): Fault {
    if (error instanceof Fault) return error
    if (isMissing(error)) {
      return new Fault('CONFIG_READ', this.#file, 'a file that collector export wrote', 'none')
    }
    const said = error instanceof Error ? error.message : String(error)
    return this.fault('a whole file that gzip can unpack', said)
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      throw this.fault('JSON', text.slice(0, 60))
    }
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const source = createReadStream(file)
  const plain = createGunzip()
  source.on('error', (error) => plain.destroy(error)).pipe(plain)
  let parts: Buffer[] = []
  let held = 0
  for await (const chunk of plain as AsyncIterable<Buffer>) {
    let from = 0
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, at)]).toString('utf8')
      parts = []
      held = 0
      from = at + 1
    }
    if (from < chunk.length) parts.push(chunk.subarray(from))
    held += chunk.length - from
    if (held > MAX_LINE_BYTES) throw new Error(`a line of more than ${MAX_LINE_BYTES} bytes`)
  }
  if (parts.length > 0) throw new Error('the last line has no end')
}
