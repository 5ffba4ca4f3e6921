/** A share of the sites: `index` of `of`, counted from 0. */
export interface Shard {
  readonly index: number
  readonly of: number
}

/** More scrapes than this of one collector help nobody. */
export const MOST_SHARDS = 64

const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193

/**
 * The shard that a site belongs to: 32-bit FNV-1a over its name (ASCII by its schema), modulo `of`.
 * It depends on the name alone, so a site stays where it is when others come and go.
 */
export function shardOf(site: string, of: number): number {
  let hash = OFFSET_BASIS
  for (let at = 0; at < site.length; at += 1) {
    hash = Math.imul(hash ^ site.charCodeAt(at), PRIME)
  }
  // FNV's low bits are its weak ones: the upper half is folded in before the remainder is taken.
  return ((hash ^ (hash >>> 16)) >>> 0) % of
}

/** True when the shard holds the site; no shard holds them all. */
export function holds(shard: Shard | null, site: string): boolean {
  return shard === null || shardOf(site, shard.of) === shard.index
}
