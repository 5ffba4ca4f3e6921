import { createHash } from 'node:crypto'
import { INTERVAL_MS } from '../../shared/clock.ts'
import type { Slice } from '../store/history/runs.ts'

interface Last {
  readonly fromMs: number
  readonly digest: string
  readonly written: number
}

/** Sites that are remembered; of more, those written longest ago are read again. */
const MOST_SITES = 50_000

/** What this collector wrote last of each site: whether a quarter hour goes on as the one before it did. */
export class LastWritten {
  readonly #last = new Map<string, Last>()

  /**
   * How often the site had been written when the same slices were put into the quarter hour just
   * before this one, by this collector; null: they were not, or it is not known.
   */
  follows(site: string, fromMs: number, digest: string): number | null {
    const last = this.#last.get(site)
    return last?.fromMs === fromMs - INTERVAL_MS && last.digest === digest ? last.written : null
  }

  note(site: string, last: Last): void {
    const [oldest] = this.#last.keys()
    this.#last.delete(site)
    if (oldest !== undefined && this.#last.size >= MOST_SITES) this.#last.delete(oldest)
    this.#last.set(site, last)
  }
}

/** Slices of many sites: equal ones become one list, that passes between threads once, and one digest. */
export class Alike {
  readonly #known = new Map<
    string,
    { readonly slices: readonly Slice[]; readonly digest: string }
  >()

  of(slices: readonly Slice[]): { readonly slices: readonly Slice[]; readonly digest: string } {
    const text = JSON.stringify(slices)
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const made = { slices, digest: createHash('sha256').update(text).digest('base64') }
    this.#known.set(text, made)
    return made
  }
}
