import type { ReceiptCounts, StreamRows } from './rows.ts'

/** Whether a packet left the agent: its stamp says so, or its reply proves it. */
export function hasLeft(rows: StreamRows, index: number): boolean {
  return !Number.isNaN(rows.sentNs[index]!) || isAnswered(rows, index)
}

export function isAnswered(rows: StreamRows, index: number): boolean {
  return rows.replySequence[index]! >= 0
}

/** Replies seen with distinct reply sequences: first ones, and answers to duplicates made on the way out. */
export function distinctReplies(rows: StreamRows): number {
  let n = 0
  for (let i = 0; i < rows.count; i++) if (isAnswered(rows, i)) n += 1 + rows.duplicatesOut[i]!
  return n
}

/**
 * Whether the reflector received the packet of that row: null where the receipt does not reach.
 * Sequences are compared modulo 2^32, so a counter that wraps inside the window is no gap.
 */
export function receiptSays(
  rows: StreamRows,
  receipt: ReceiptCounts,
  index: number,
): boolean | null {
  const bit = (rows.firstSequence - receipt.firstSequence + index) | 0
  if (bit < 0 || bit >= receipt.count) return null
  const octet = receipt.receivedBitmap[bit >> 3] ?? 0
  return (octet & (0x80 >> (bit & 7))) !== 0
}

/** Whether the receipt is about exactly the packets of these rows, so that its totals can be used. */
export function coversExactly(rows: StreamRows, receipt: ReceiptCounts): boolean {
  return ((rows.firstSequence - receipt.firstSequence) | 0) === 0 && rows.count === receipt.count
}

/**
 * Whether a receipt contradicts itself or what the replies prove. Such a receipt is no evidence at all:
 * using the half of it that happens to fit would convict a leg on the word of a confused witness.
 */
export function contradicts(rows: StreamRows, receipt: ReceiptCounts): boolean {
  const { received, duplicates, reordered, replied, count } = receipt
  const counts = [received, duplicates, reordered, replied, count]
  if (counts.some((n) => !Number.isSafeInteger(n) || n < 0)) return true
  if (receipt.receivedBitmap.length * 8 < count) return true
  if (bitsSet(receipt) !== received) return true
  if (replied > received + duplicates) return true
  if (coversExactly(rows, receipt) && fewerThanSeen(rows, receipt)) return true
  for (let i = 0; i < rows.count; i++) {
    const says = receiptSays(rows, receipt, i)
    if (says === false && isAnswered(rows, i)) return true
    if (says === true && !hasLeft(rows, i)) return true
  }
  return false
}

function fewerThanSeen(rows: StreamRows, receipt: ReceiptCounts): boolean {
  let duplicates = 0
  for (let i = 0; i < rows.count; i++) duplicates += rows.duplicatesOut[i]!
  return receipt.replied < distinctReplies(rows) || receipt.duplicates < duplicates
}

function bitsSet(receipt: ReceiptCounts): number {
  let n = 0
  for (let bit = 0; bit < receipt.count; bit++)
    if (receipt.receivedBitmap[bit >> 3]! & (0x80 >> (bit & 7))) n++
  return n
}
