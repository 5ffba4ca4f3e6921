/** Names of the resources of a log (C2SP tlog-tiles), below its prefix. */
export const TILE_WIDTH = 256

export interface TileName {
  /** Level of hashes, or `entries`. */
  readonly level: number | 'entries'
  readonly index: number
  /** 1 to 255: a partial tile; 256: a full one. */
  readonly width: number
}

/** `tile/<L>/<N>[.p/<W>]`, the index in groups of three digits, all but the last with an x. */
export function tilePath({ level, index, width }: TileName): string {
  const groups: string[] = []
  for (let rest = index; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1000)) {
    const digits = String(rest % 1000).padStart(3, '0')
    groups.unshift(groups.length === 0 ? digits : `x${digits}`)
  }
  const partial = width === TILE_WIDTH ? '' : `.p/${width}`
  return `tile/${level}/${groups.join('/')}${partial}`
}

/** Index and width from what follows `tile/<L>/`; null for any other spelling than the one above. */
export function parseTilePath(text: string): { index: number; width: number } | null {
  const found = /^((?:x\d{3}\/){0,5}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(text)
  const [, groups = '', partial] = found ?? []
  const index = Number(groups.replace(/[x/]/g, ''))
  const width = partial === undefined ? TILE_WIDTH : Number(partial)
  const partialIsOne = partial === undefined || width < TILE_WIDTH
  if (found === null || !partialIsOne || !Number.isSafeInteger(index)) return null
  return tilePath({ level: 0, index, width }) === `tile/0/${text}` ? { index, width } : null
}

/** Every tile of a level that a tree of `size` leaves has, in order. */
export function* tilesOf(size: number): Generator<TileName> {
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
    yield* tilesOfLevel(level, count)
  }
}

/** The same for entries or one level of hashes: `count` of them. */
export function* tilesOfLevel(level: TileName['level'], count: number): Generator<TileName> {
  for (let index = 0; index * TILE_WIDTH < count; index += 1) {
    yield { level, index, width: Math.min(TILE_WIDTH, count - index * TILE_WIDTH) }
  }
}

/** Longest entry that a bundle of entries can hold. */
const LONGEST_ENTRY = 65_535

/** A bundle of entries: each after its length in two octets, big-endian. @throws RangeError for longer ones */
export function entryBundle(entries: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(entries.reduce((sum, { length }) => sum + 2 + length, 0))
  let at = 0
  for (const entry of entries) {
    if (entry.length > LONGEST_ENTRY) throw new RangeError(`an entry of ${entry.length} octets`)
    whole[at] = entry.length >> 8
    whole[at + 1] = entry.length & 0xff
    whole.set(entry, at + 2)
    at += 2 + entry.length
  }
  return whole
}
