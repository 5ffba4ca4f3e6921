/** Octets packed and unpacked, for those of whom there are too many to hold. */
export interface Packing {
  readonly pack: (bytes: Uint8Array) => Uint8Array
  readonly unpack: (bytes: Uint8Array) => Uint8Array
}

interface Held<T> {
  value: T | null
  readonly untilMs: number
  readonly weight: number
}

/** Holds values for as long as they are needed, and the newest of them where they are too many. */
export class Newest<T> {
  readonly #most: number
  #held: Held<T>[] = []
  #weight = 0

  /** @param most so much is held at most, by weight */
  constructor(most: number) {
    this.#most = most
  }

  /** Gives the value back at each call; null once it is let go. */
  put(value: T, untilMs: number, weight: number): () => T | null {
    const held: Held<T> = { value, untilMs, weight }
    this.#held.push(held)
    this.#weight += weight
    const half = this.#held.length / 2
    if (this.#weight > this.#most) this.#keep((_, at) => at >= half)
    return () => held.value
  }

  /** Lets go of what is needed no longer. */
  pass(ms: number): void {
    this.#keep(({ untilMs }) => untilMs > ms)
  }

  #keep(needed: (held: Held<T>, at: number) => boolean): void {
    const all = this.#held
    this.#held = all.filter(needed)
    for (const [at, held] of all.entries()) {
      if (needed(held, at)) continue
      held.value = null
      this.#weight -= held.weight
    }
  }
}

/** Makes values again each time they are asked for, but for those that were asked for last. */
export class Again<T> {
  readonly #most: number
  readonly #known = new Map<object, T>()

  /** @param most so many are held */
  constructor(most: number) {
    this.#most = most
  }

  /** @param whose value it is; it must not be changed */
  of(whose: object, make: () => T): T {
    const known = this.#known.get(whose)
    if (known !== undefined) return known
    const made = make()
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size >= this.#most) this.#known.delete(oldest)
    this.#known.set(whose, made)
    return made
  }
}

/** Unpacks, and holds what it unpacked last: whoever asks for one mostly asks for its neighbours. */
export class Unpacker {
  readonly #unpack: Packing['unpack']
  #last: { readonly packed: Uint8Array; readonly octets: Uint8Array } | null = null

  constructor({ unpack }: Pick<Packing, 'unpack'>) {
    this.#unpack = unpack
  }

  octets(packed: Uint8Array): Uint8Array {
    if (this.#last?.packed !== packed) this.#last = { packed, octets: this.#unpack(packed) }
    return this.#last.octets
  }
}
