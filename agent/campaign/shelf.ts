import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256hex } from '../../config/load.ts'
import { type Book, type Entry, parseBook } from '../../shared/campaign/book.ts'
import { writeDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'

const NAME = 'campaign.json'
const RESULTS = 'results'

/** What a measurement's result is called: its beginning in UTC. */
export function resultName({ from }: Pick<Entry, 'from'>): string {
  return `${new Date(from).toISOString().slice(0, 16).replace(':', '')}Z.json`
}

/** The folder of a campaign: its book, and the result of each measurement. Whole after any crash. */
export class Shelf {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** @throws Fault STORE */
  create(): void {
    makeFolder(join(this.#folder, RESULTS), 0o777)
  }

  /**
   * The book that is kept here; null: none.
   * @throws Fault STORE where it cannot be read, USAGE where it is of another protocol
   */
  read(protocolSha256: string): Book | null {
    const file = join(this.#folder, NAME)
    if (!existsSync(file)) return null
    const book = attempt(file, () => parseBook(JSON.parse(readFileSync(file, 'utf8'))))
    if (book === null) throw new Fault('STORE', file, 'the state of a campaign', 'something else')
    if (book.protocolSha256 === protocolSha256) return book
    const wanted = `protocol ${book.protocolSha256}, which it was begun with`
    const repair = 'give the protocol as it was, or begin anew with another --state'
    throw new Fault('USAGE', file, wanted, protocolSha256, repair)
  }

  /** @throws Fault STORE */
  write(book: Book): void {
    const bytes = new TextEncoder().encode(`${JSON.stringify(book)}\n`)
    attempt(this.#folder, () => writeDurably(this.#folder, NAME, bytes))
  }

  /** Keeps what a check printed, byte for byte. @throws Fault STORE */
  keep(name: string, text: string): void {
    const folder = join(this.#folder, RESULTS)
    attempt(folder, () => writeDurably(folder, name, text))
  }

  /** What a check printed; null: it is not here. */
  result(name: string): string | null {
    const file = join(this.#folder, RESULTS, name)
    return existsSync(file) ? attempt(file, () => readFileSync(file, 'utf8')) : null
  }

  /** An entry as it may be counted: one whose result was changed or lost since is not as agreed. */
  audited(entry: Entry): Entry {
    if (entry.result === null) return entry
    const text = this.result(entry.result.file)
    const found = text === null ? 'gone' : sha256hex(new TextEncoder().encode(text))
    if (found === entry.result.sha256) return entry
    const why = text === null ? 'its result is gone' : 'its result was changed afterwards'
    return { ...entry, state: 'outside', why: [...entry.why, why], result: null }
  }
}

function attempt<T>(where: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Fault('STORE', where, 'a state folder that works', (error as Error).message)
  }
}
