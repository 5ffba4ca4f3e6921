/**
 * Packets that wait, earliest first; equal times leave in the order they came. A binary heap over
 * flat arrays: nothing is allocated after the start.
 */
export class Schedule {
  readonly #slots: Uint32Array
  readonly #due: Float64Array
  readonly #order: Float64Array
  #size = 0
  #pushed = 0

  constructor(capacity: number) {
    this.#slots = new Uint32Array(capacity)
    this.#due = new Float64Array(capacity)
    this.#order = new Float64Array(capacity)
  }

  get size(): number {
    return this.#size
  }

  /** When the first one is due, or Infinity. */
  get nextDueNs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#due[0]!
  }

  push(slot: number, dueNs: number): void {
    let hole = this.#size++
    const order = this.#pushed++
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (!this.#isBefore(dueNs, order, parent)) break
      this.#move(parent, hole)
      hole = parent
    }
    this.#put(hole, slot, dueNs, order)
  }

  /** Removes the earliest and returns its slot. Only when `size` is not 0. */
  pop(): number {
    const first = this.#slots[0]!
    const last = --this.#size
    const dueNs = this.#due[last]!
    const order = this.#order[last]!
    let hole = 0
    for (;;) {
      let child = hole * 2 + 1
      if (child >= last) break
      const right = child + 1
      if (right < last && this.#isBefore(this.#due[right]!, this.#order[right]!, child))
        child = right
      if (this.#isBefore(dueNs, order, child)) break
      this.#move(child, hole)
      hole = child
    }
    if (last > 0) this.#put(hole, this.#slots[last]!, dueNs, order)
    return first
  }

  #isBefore(dueNs: number, order: number, place: number): boolean {
    const other = this.#due[place]!
    return dueNs < other || (dueNs === other && order < this.#order[place]!)
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#slots[from]!, this.#due[from]!, this.#order[from]!)
  }

  #put(place: number, slot: number, dueNs: number, order: number): void {
    this.#slots[place] = slot
    this.#due[place] = dueNs
    this.#order[place] = order
  }
}
