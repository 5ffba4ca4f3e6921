import type { Protocol } from './protocol.ts'
import type { Slot } from './slots.ts'

/** Voice is measured for no less than this, milliseconds. */
const LEAST_MS = 2000

export interface Due {
  /** Too late to be what was agreed; oldest first. */
  readonly late: readonly Slot[]
  /** What is to be measured next, now or later; null: nothing is left. */
  readonly next: Slot | null
}

/**
 * What of the agreed measurements is to be done, by the clock alone. One may begin late by as much as
 * the protocol lets it be unmeasured, never more.
 * @param settled `from` of those that are over
 */
export function due(
  slots: readonly Slot[],
  settled: ReadonlySet<number>,
  { unmeasuredSeconds }: Pick<Protocol['tolerance'], 'unmeasuredSeconds'>,
  nowMs: number,
): Due {
  const open = slots.filter(({ from }) => !settled.has(from))
  const isLate = ({ from, to }: Slot) =>
    nowMs > from + unmeasuredSeconds * 1000 || nowMs > to - LEAST_MS
  return { late: open.filter(isLate), next: open.find((slot) => !isLate(slot)) ?? null }
}
