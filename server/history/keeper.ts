import { startOfInterval } from '../../shared/intervals.ts'
import type { HistoryBook } from '../store/history/book.ts'

/** How long things are kept, milliseconds. */
export interface Keep {
  /** Records themselves, after the end of their window. */
  readonly recordsMs: number
  /** Quarter hours, days and verdict intervals. */
  readonly historyMs: number
}

export interface Removed {
  readonly records: number
  readonly historyRows: number
  readonly sites: number
  readonly recordsBeforeMs: number
  readonly historyBeforeMs: number
}

export interface KeeperOptions {
  readonly book: Pick<
    HistoryBook,
    'sitesAfter' | 'removeRecords' | 'removeHistory' | 'removeUptime' | 'reach'
  >
  readonly keep: Keep
  readonly nowMs: () => number
  /** Told at the end of every pass over all sites that removed something. */
  readonly onRemoved: (removed: Removed) => void
}

/** Instant before which records may be gone: what was rolled up from them must not be made poorer. */
export const RECORDS_GONE = 'records-gone'

const SITES_PER_TURN = 20
const RECORDS_PER_BATCH = 500

/**
 * Removes what is older than it has to be kept, in small batches so that storing goes on between
 * them. What a pin touches, what is not rolled up or not in the ledger yet, and each agent's newest
 * record stay whatever their age (store/history/keep.ts).
 */
export class Keeper {
  readonly #options: KeeperOptions
  #after = ''
  #removed = { records: 0, historyRows: 0, sites: 0 }

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  /** One batch for each of some sites; 0 when the pass over all sites has ended. */
  async turn(): Promise<number> {
    const { book, keep, nowMs } = this.#options
    const now = nowMs()
    // Of a quarter hour all go at once: one of which some are left could not be judged anew.
    const recordsBeforeMs = startOfInterval(now - keep.recordsMs)
    const historyBeforeMs = now - keep.historyMs
    if (this.#after === '') await book.reach(RECORDS_GONE, recordsBeforeMs)
    const sites = await book.sitesAfter(this.#after, SITES_PER_TURN)
    for (const site of sites) {
      const records = await book.removeRecords(site, recordsBeforeMs, RECORDS_PER_BATCH)
      const historyRows = await book.removeHistory(site, historyBeforeMs)
      this.#count(records, historyRows)
      // A full batch: there is more of this site, and its turn comes again at once.
      if (records === RECORDS_PER_BATCH) return sites.length
      this.#after = site
    }
    if (sites.length === SITES_PER_TURN) return sites.length
    await book.removeUptime(historyBeforeMs)
    this.#endPass(recordsBeforeMs, historyBeforeMs)
    return 0
  }

  #count(records: number, historyRows: number): void {
    const before = this.#removed
    this.#removed = {
      records: before.records + records,
      historyRows: before.historyRows + historyRows,
      sites: before.sites + (records + historyRows > 0 ? 1 : 0),
    }
  }

  #endPass(recordsBeforeMs: number, historyBeforeMs: number): void {
    const removed = this.#removed
    this.#after = ''
    this.#removed = { records: 0, historyRows: 0, sites: 0 }
    if (removed.sites > 0) this.#options.onRemoved({ ...removed, recordsBeforeMs, historyBeforeMs })
  }
}
