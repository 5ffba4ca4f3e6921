import type { SiteText } from './site-text.ts'

/** Sites whose texts lie together: one record copies so much anew, one scrape takes so much at once. */
const SITES = 16
/** So many new texts wait in a block before they are put in by themselves. */
const MOST_WAITING = 8

/**
 * The texts of up to 16 sites in one piece of memory, family by family: place `f * SITES + n` of `ends`
 * is where family `f` of the site in slot `n` ends. Never changed once made, so that a scrape that has
 * it in hand is not disturbed.
 */
export interface Block {
  readonly names: readonly string[]
  readonly bytes: Uint8Array
  readonly ends: Uint32Array
}

interface Slots {
  readonly names: string[]
  block: Block
  /** Texts that are not in the block yet, by slot. */
  readonly waiting: Map<number, SiteText>
}

interface Place {
  readonly slots: Slots
  readonly slot: number
  version: string | number
}

/**
 * Texts of many sites as a format wants them that has all samples of a family together: a scrape of
 * ten thousand sites copies a few hundred pieces for each family, not ten thousand.
 */
export class Board {
  readonly #families: number
  readonly #blocks: Slots[] = []
  readonly #places = new Map<string, Place>()

  constructor(families: number) {
    this.#families = families
  }

  /** Version of the text that is held of a site; null: none is. */
  version(name: string): string | number | null {
    return this.#places.get(name)?.version ?? null
  }

  put(name: string, version: string | number, text: SiteText): void {
    const place = this.#placeOf(name)
    place.version = version
    place.slots.waiting.set(place.slot, text)
    if (place.slots.waiting.size >= MOST_WAITING) this.#settle(place.slots)
  }

  /** Forgets what is held of a site. */
  drop(name: string): void {
    const place = this.#places.get(name)
    if (place === undefined || place.version === DROPPED) return
    this.put(name, DROPPED, { bytes: new Uint8Array(0), ends: new Uint32Array(this.#families) })
  }

  /** What is held now, block by block; whoever takes them may pause in between. */
  *blocks(): Generator<Block> {
    for (const slots of this.#blocks) yield this.#settle(slots)
  }

  #placeOf(name: string): Place {
    const known = this.#places.get(name)
    if (known !== undefined) return known
    let slots = this.#blocks.at(-1)
    if (slots === undefined || slots.names.length === SITES) {
      slots = { names: [], block: this.#empty(), waiting: new Map() }
      this.#blocks.push(slots)
    }
    const place = { slots, slot: slots.names.length, version: DROPPED }
    slots.names.push(name)
    this.#places.set(name, place)
    return place
  }

  #empty(): Block {
    const ends = new Uint32Array(this.#families * SITES)
    return { names: [], bytes: new Uint8Array(0), ends }
  }

  #settle(slots: Slots): Block {
    if (slots.waiting.size === 0) return slots.block
    const { block, waiting } = slots
    const ends = new Uint32Array(this.#families * SITES)
    let length = 0
    for (let place = 0; place < ends.length; place += 1) {
      const text = waiting.get(place % SITES)
      length += text === undefined ? lengthAt(block.ends, place) : familyLength(text, place)
      ends[place] = length
    }
    const bytes = Buffer.allocUnsafeSlow(length)
    this.#copy(slots, ends, bytes)
    waiting.clear()
    slots.block = { names: [...slots.names], bytes, ends }
    return slots.block
  }

  /** Neighbours that did not change go over in one piece. */
  #copy({ block, waiting }: Slots, ends: Uint32Array, bytes: Uint8Array): void {
    let keptFrom = 0
    let keptTo = 0
    let keptAt = 0
    const flush = () => {
      if (keptTo > keptFrom) bytes.set(block.bytes.subarray(keptFrom, keptTo), keptAt)
      keptFrom = keptTo
    }
    for (let place = 0; place < ends.length; place += 1) {
      const at = place === 0 ? 0 : (ends[place - 1] ?? 0)
      const text = waiting.get(place % SITES)
      const to = block.ends[place] ?? 0
      if (text === undefined) {
        if (keptFrom === keptTo) {
          keptFrom = to - lengthAt(block.ends, place)
          keptAt = at
        }
        keptTo = to
        continue
      }
      flush()
      keptFrom = to
      keptTo = to
      const [from, end] = familySpan(text, Math.floor(place / SITES))
      if (end > from) bytes.set(text.bytes.subarray(from, end), at)
    }
    flush()
  }
}

const DROPPED = ''

/** Where the text of one family of the sites in slots `first` to `last` lies in a block. */
export function spanIn(
  { ends }: Block,
  family: number,
  first: number,
  last: number,
): readonly [from: number, to: number] {
  const place = family * SITES
  const from = place + first === 0 ? 0 : (ends[place + first - 1] ?? 0)
  return [from, ends[place + last] ?? from]
}

function familySpan({ ends }: SiteText, family: number): readonly [from: number, to: number] {
  return [family === 0 ? 0 : (ends[family - 1] ?? 0), ends[family] ?? 0]
}

function familyLength(text: SiteText, place: number): number {
  const [from, to] = familySpan(text, Math.floor(place / SITES))
  return to - from
}

function lengthAt(ends: Uint32Array, place: number): number {
  return (ends[place] ?? 0) - (place === 0 ? 0 : (ends[place - 1] ?? 0))
}
