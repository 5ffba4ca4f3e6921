import { MOST_UTF8, putUtf8 } from './octets.ts'

export interface Place {
  readonly from: number
  readonly to: number
}

/**
 * Payloads of lines that are read together, one after the other. Another thread may read them where they
 * are: nothing is copied, and nothing is taken away, after which an engine would look at each octet's
 * array anew.
 */
export class PayloadOctets {
  #octets: Uint8Array
  #length = 0
  #holders = 0

  constructor(capacity: number) {
    this.#octets = sharedOctets(capacity)
  }

  /** True when nobody holds it: others may be put here instead. */
  get isFree(): boolean {
    return this.#holders === 0
  }

  /** Nothing that is here is given up before `release` was called as often. */
  hold(): void {
    this.#holders += 1
  }

  release(): void {
    this.#holders -= 1
    if (this.#holders === 0) this.#length = 0
  }

  /** Puts the UTF-8 of a text behind the others. */
  put(text: string): Place {
    const from = this.#length
    this.#makeRoom(MOST_UTF8 * text.length)
    this.#length += putUtf8(text, this.#octets.subarray(from))
    return { from, to: this.#length }
  }

  at({ from, to }: Place): Uint8Array {
    return this.#octets.subarray(from, to)
  }

  /** Puts octets behind the others. */
  copy(octets: Uint8Array): Place {
    const from = this.#length
    this.#makeRoom(octets.length)
    this.#octets.set(octets, from)
    this.#length += octets.length
    return { from, to: this.#length }
  }

  /** What was put, until something is put again. */
  taken(): Uint8Array {
    const taken = this.#octets.subarray(0, this.#length)
    this.#length = 0
    return taken
  }

  /** For so many octets more. */
  #makeRoom(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#octets.length) return
    const larger = sharedOctets(2 * needed)
    larger.set(this.#octets.subarray(0, this.#length))
    this.#octets = larger
  }

  /** All of them, with what room is left behind them. */
  all(): Uint8Array {
    return this.#octets
  }
}

/** Octets that are read again and again, and made anew for none: making and clearing them takes time. */
export class OctetsPool {
  readonly #all: PayloadOctets[] = []
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** One that is free, or a new one; it is held once. */
  take(): PayloadOctets {
    let octets = this.#all.find(({ isFree }) => isFree)
    if (octets === undefined) {
      octets = new PayloadOctets(this.#capacity)
      this.#all.push(octets)
    }
    octets.hold()
    return octets
  }
}

function sharedOctets(capacity: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(capacity))
}
