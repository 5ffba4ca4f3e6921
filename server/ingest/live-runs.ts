import { inRunOrder } from '../../shared/verdict/period.ts'
import { MAX_RUN_RECORDS, RUN_HOLDS_MS } from '../../shared/verdict/runs.ts'
import type { StoredRecord } from '../store/store.ts'

/**
 * The newest records of a site that carry runs, as they are kept: packed, since a site has few and
 * rarely any, and what they observed is large.
 */
export class LiveRuns {
  #rows: readonly StoredRecord[] = []

  /** Newest first. */
  get rows(): readonly StoredRecord[] {
    return this.#rows
  }

  /** Takes one, once; returns false when it was here. */
  add(row: StoredRecord): boolean {
    if (this.#rows.some((one) => isSame(one, row))) return false
    const all = [...this.#rows, row].sort(inRunOrder)
    const since = (all[0]?.toMs ?? 0) - RUN_HOLDS_MS
    this.#rows = all.filter(({ toMs }) => toMs > since).slice(0, MAX_RUN_RECORDS)
    return true
  }
}

function isSame(a: StoredRecord, b: StoredRecord): boolean {
  return a.agent === b.agent && a.boot === b.boot && a.sequence === b.sequence
}
