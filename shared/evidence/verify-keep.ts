/** Texts packed and unpacked, for those of whom there are too many to hold. */
export interface Packing {
  readonly pack: (text: string) => Uint8Array
  readonly unpack: (bytes: Uint8Array) => string
}

interface Slot<T> {
  open: T | null
  /** Where it is once it is packed, and at which place there. */
  group: Uint8Array | null
  at: number
}

/** So many are packed together: they are much alike, and one call is cheaper than many. */
const GROUP = 16

/** Keeps values of JSON for later: the newest as they are, the others packed. A month must fit. */
export class Keep<T> {
  readonly #packing: Packing
  readonly #most: number
  #open: Slot<T>[] = []
  /** What was unpacked last: whoever asks for one mostly asks for its neighbours. */
  #unpacked: { readonly group: Uint8Array; readonly values: readonly T[] } | null = null

  /** @param most values that are held unpacked at least */
  constructor(packing: Packing, most: number) {
    this.#packing = packing
    this.#most = most
  }

  /** Gives the value back at each call. It must not be changed. */
  put(value: T): () => T {
    const slot: Slot<T> = { open: value, group: null, at: 0 }
    this.#open.push(slot)
    if (this.#open.length >= this.#most + GROUP) this.#pack()
    return () => slot.open ?? this.#unpack(slot)
  }

  #pack(): void {
    const oldest = this.#open.slice(0, GROUP)
    this.#open = this.#open.slice(GROUP)
    const group = this.#packing.pack(JSON.stringify(oldest.map(({ open }) => open)))
    oldest.forEach((slot, at) => {
      Object.assign(slot, { open: null, group, at })
    })
  }

  #unpack({ group, at }: Slot<T>): T {
    if (group === null) throw new TypeError('neither open nor packed')
    if (this.#unpacked?.group !== group) {
      this.#unpacked = { group, values: JSON.parse(this.#packing.unpack(group)) }
    }
    return this.#unpacked.values[at] as T
  }
}
