/** Packets of one leg since the collector started: counters for rates, not evidence. */
export interface LegTotals {
  sent: number
  lost: number
  unattributed: number
  late: number
  duplicated: number
  reordered: number
}

/** Counts what a record saw of its legs, by `farEnd/leg`. */
export function addTotals(
  totals: Map<string, LegTotals>,
  legs: readonly (readonly [place: string, counts: Readonly<LegTotals>])[],
): void {
  for (const [key, counts] of legs) {
    const sum = totals.get(key) ?? emptyTotals()
    sum.sent += counts.sent
    sum.lost += counts.lost
    sum.unattributed += counts.unattributed
    sum.late += counts.late
    sum.duplicated += counts.duplicated
    sum.reordered += counts.reordered
    totals.set(key, sum)
  }
}

function emptyTotals(): LegTotals {
  return { sent: 0, lost: 0, unattributed: 0, late: 0, duplicated: 0, reordered: 0 }
}
