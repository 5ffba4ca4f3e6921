/** Rows in a page. */
const PAGE = 1024

/** Rows of numbers, all of one width: many thousand of them take little more than their octets. */
export class NumberRows {
  readonly #width: number
  readonly #pages: Float64Array[] = []
  #length = 0

  constructor(width: number) {
    this.#width = width
  }

  get length(): number {
    return this.#length
  }

  /** Adds a row; its number. What is not given is 0. */
  add(values: readonly number[]): number {
    const row = this.#length
    if (row % PAGE === 0) this.#pages.push(new Float64Array(PAGE * this.#width))
    this.#length += 1
    this.#page(row).set(values, this.#at(row, 0))
    return row
  }

  get(row: number, column: number): number {
    return this.#page(row)[this.#at(row, column)] as number
  }

  set(row: number, column: number, value: number): void {
    this.#page(row)[this.#at(row, column)] = value
  }

  #page(row: number): Float64Array {
    const page = this.#pages[Math.floor(row / PAGE)]
    if (page === undefined) throw new RangeError(`no row ${row}`)
    return page
  }

  #at(row: number, column: number): number {
    return (row % PAGE) * this.#width + column
  }
}
