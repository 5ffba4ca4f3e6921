import type { StreamRows } from './rows.ts'

/**
 * Answered rows in the order in which their packets arrived at the reflector: it answers each arrival
 * at once, so its own count (the reply sequence) is the order.
 */
export function inReplyOrder(rows: StreamRows): Uint32Array {
  return indexesBy(rows.replySequence)
}

/** Answered rows in the order in which their first replies arrived here. */
export function inArrivalOrder(rows: StreamRows): Uint32Array {
  return indexesBy(rows.arrivalOrder)
}

/** Packets that came after one that was sent later: lower `keys` than the highest before them. */
export function countReordered(order: Uint32Array, keys: (index: number) => number): number {
  let highest = Number.NEGATIVE_INFINITY
  let reordered = 0
  for (const index of order) {
    const key = keys(index)
    if (key < highest) reordered++
    else highest = key
  }
  return reordered
}

/** Indexes whose key is not negative, by ascending key; mostly they are in order already. */
function indexesBy(keys: Int32Array): Uint32Array {
  const indexes = new Uint32Array(keys.length)
  let size = 0
  let highest = -1
  let sorted = true
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    if (key < 0) continue
    indexes[size++] = i
    if (key < highest) sorted = false
    else highest = key
  }
  const found = indexes.subarray(0, size)
  if (sorted) return found
  return found.sort((a, b) => keys[a]! - keys[b]!)
}
