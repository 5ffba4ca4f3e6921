/** Texts packed and unpacked, for those of whom there are too many to hold. */
export interface Packing {
  readonly pack: (text: string) => Uint8Array
  readonly unpack: (bytes: Uint8Array) => string
}

/** A stretch of a text that is packed together with others. */
export interface Stretch {
  readonly packed: Uint8Array
  readonly from: number
  readonly to: number
}

interface Slot<T> {
  open: T | null
}

/** Keeps what was read of texts for later: the newest as they are, the others packed. A month must fit. */
export class Keep<T> {
  readonly #unpack: Packing['unpack']
  readonly #read: (text: string) => T
  /** The newest, each in the place of one that was the newest as many ago. */
  readonly #newest: (Slot<T> | undefined)[]
  #next = 0
  /** What was unpacked last: whoever asks for one mostly asks for its neighbours. */
  #unpacked: { readonly packed: Uint8Array; readonly text: string } | null = null

  /**
   * @param read reads a text again, which it could read before
   * @param most so many are held as they are
   */
  constructor(unpack: Packing['unpack'], read: (text: string) => T, most: number) {
    this.#unpack = unpack
    this.#read = read
    this.#newest = new Array<Slot<T> | undefined>(most)
  }

  /** Gives the value back at each call. It must not be changed. */
  put(value: T, stretch: Stretch): () => T {
    const slot: Slot<T> = { open: value }
    const oldest = this.#newest[this.#next]
    if (oldest !== undefined) oldest.open = null
    this.#newest[this.#next] = slot
    this.#next = (this.#next + 1) % this.#newest.length
    return () => slot.open ?? this.#again(stretch)
  }

  #again({ packed, from, to }: Stretch): T {
    if (this.#unpacked?.packed !== packed) {
      this.#unpacked = { packed, text: this.#unpack(packed) }
    }
    return this.#read(this.#unpacked.text.slice(from, to))
  }
}
