import type { RowsWindow } from './rows-windows.ts'
import type { Item } from './verify-items.ts'
import type { LookStatement } from './verify-looks.ts'
import type { IntervalStatement } from './verify-statement.ts'

/** What was found of a bundle. */
export interface Verification {
  readonly site: string
  readonly from: number
  readonly to: number
  readonly origin: string
  readonly records: number
  readonly entries: number
  readonly checkpoints: number
  /** Everything found, in the order in which it was looked for. */
  readonly items: readonly Item[]
  readonly intervals: readonly IntervalStatement[]
  /** Checks that were asked for in this time; they decide none of the intervals. */
  readonly looks: readonly LookStatement[]
  /** Windows whose raw rows or their digests are here; null: the bundle was made without rows. */
  readonly rows: readonly RowsWindow[] | null
  /** Nothing invalid was found. */
  readonly valid: boolean
  /** Valid, and nothing is missing or suspicious. */
  readonly complete: boolean
}
