import { inReplyOrder } from './order.ts'
import { coversExactly, distinctReplies, hasLeft, isAnswered, receiptSays } from './receipt.ts'
import type { ReceiptCounts, StreamRows } from './rows.ts'

/** What became of a packet. */
export const FATE = {
  notSent: 0,
  answered: 1,
  lostOut: 2,
  lostBack: 3,
  /** Lost, on one leg or the other. */
  unknown: 4,
} as const

/** RFC 3550 appendix A.1: numbers that fall back further than this are a new count. */
const MAX_MISORDER = 100
/** Reply numbers have sixteen bits: after more packets in a row without one, it may have gone round. */
const MOST_UNHEARD = 0x7fff

/** The fate of every packet of a stream, and the counts they add up to. */
export interface Fates {
  readonly fate: Uint8Array
  readonly lostOut: number
  /** Replies lost, answers to duplicates included. */
  readonly lostBack: number
  readonly unattributed: number
  /** Each packet's own leg is known, not only how many losses each leg had. */
  readonly labelled: boolean
}

/** With a receipt every packet it reaches has its leg: not received = out, received but no reply = back. */
export function fatesByReceipt(rows: StreamRows, receipt: ReceiptCounts): Fates {
  const fate = startingFates(rows)
  let lostOut = 0
  let unanswered = 0
  let unattributed = 0
  for (let i = 0; i < rows.count; i++) {
    if (fate[i] !== FATE.unknown) continue
    const received = receiptSays(rows, receipt, i)
    if (received === null) unattributed++
    else if (received) unanswered++
    else lostOut++
    if (received !== null) fate[i] = received ? FATE.lostBack : FATE.lostOut
  }
  // A reflector that could not answer all it received lost nothing on the way back.
  const lostBack = coversExactly(rows, receipt)
    ? receipt.replied - distinctReplies(rows)
    : unanswered
  const labelled = lostBack >= unanswered
  return { fate, lostOut, lostBack, unattributed, labelled }
}

/**
 * Without a receipt only the reflector's count in its replies tells (RFC 8762 section 4, stateful):
 * between the first and the last answered packet, reply numbers that never came are replies lost, and
 * the rest of the missing packets never arrived there. Numbers spent on duplicates are subtracted.
 * Nothing after the last answer can be told apart, nor before the first, unless both counts begin here;
 * nothing at all where the reflector counted anew or bore out more answers than it counted, or was
 * not heard for so long (eleven minutes of a call) that its numbers may have gone round.
 */
export function fatesByReplies(rows: StreamRows): Fates {
  const fate = startingFates(rows)
  const order = inReplyOrder(rows)
  const open = countUnknown(fate, 0, rows.count)
  const [first, last] = toldRange(rows, fate, order)
  const unseen = unseenReplies(rows, order, first < 0)
  if (unseen < 0 || startsOver(rows) || mayGoRound(rows))
    return { fate, lostOut: 0, lostBack: 0, unattributed: open, labelled: false }
  const missing = countUnknown(fate, first + 1, last)
  // More numbers missing than packets: answers to duplicates were lost, which no packet misses.
  const lostBack = Math.min(unseen, missing)
  const lostOut = missing - lostBack
  const labelled = labelGaps(rows, fate, order, first < 0) || lostBack === 0 || lostOut === 0
  if (missing > 0) settle(fate, first, last, lostOut)
  return { fate, lostOut, lostBack, unattributed: open - missing, labelled }
}

function startingFates(rows: StreamRows): Uint8Array {
  const fate = new Uint8Array(rows.count)
  for (let i = 0; i < rows.count; i++) {
    if (isAnswered(rows, i)) fate[i] = FATE.answered
    else fate[i] = hasLeft(rows, i) ? FATE.unknown : FATE.notSent
  }
  return fate
}

/** Packets of unknown fate from row `from` up to, not including, row `to`. */
function countUnknown(fate: Uint8Array, from: number, to: number): number {
  let n = 0
  for (let i = from; i < to; i++) if (fate[i] === FATE.unknown) n++
  return n
}

/** Whether the count fell back by more than reordering does: a reflector that restarted. */
function startsOver(rows: StreamRows): boolean {
  let highest = -1
  for (const reply of rows.replySequence) {
    if (reply >= 0 && reply < highest - MAX_MISORDER) return true
    if (reply > highest) highest = reply
  }
  return false
}

function mayGoRound({ replySequence, firstSequence }: StreamRows): boolean {
  let last = firstSequence === 0 ? -1 : replySequence.findIndex((reply) => reply >= 0)
  for (let i = 0; i < replySequence.length; i++) {
    if (replySequence[i]! < 0) continue
    if (i - last > MOST_UNHEARD) return true
    last = i
  }
  return false
}

/**
 * The rows strictly between which reply numbers tell. A session counts both its packets and its replies
 * from 0, so a stream's very beginning is told as well (-1), if the first number is one it can have.
 */
function toldRange(
  rows: StreamRows,
  fate: Uint8Array,
  order: Uint32Array,
): readonly [first: number, last: number] {
  const last = fate.lastIndexOf(FATE.answered)
  const first = fate.indexOf(FATE.answered)
  if (last < 0 || rows.firstSequence !== 0) return [last < 0 ? rows.count : first, last]
  const lowest = rows.replySequence[order[0]!]!
  return [lowest <= countUnknown(fate, 0, first) ? -1 : first, last]
}

/** Reply numbers between the lowest (0 where the stream begins) and the highest seen that no reply bore. */
function unseenReplies(rows: StreamRows, order: Uint32Array, fromStart: boolean): number {
  const low = order[0]
  const high = order.at(-1)
  if (low === undefined || high === undefined) return 0
  const lowest = fromStart ? 0 : rows.replySequence[low]!
  const numbers = rows.replySequence[high]! - lowest + 1
  // Duplicates of the packet with the highest number were numbered beyond it.
  return numbers - (distinctReplies(rows) - rows.duplicatesOut[high]!)
}

/**
 * Gives each gap its leg where the two numbers beside it leave no choice. False when any gap stays
 * open (both kinds in one gap, or reordering across it); then nothing is labelled.
 */
function labelGaps(
  rows: StreamRows,
  fate: Uint8Array,
  order: Uint32Array,
  fromStart: boolean,
): boolean {
  const gaps: [from: number, to: number, leg: number][] = []
  for (let k = fromStart ? 0 : 1; k < order.length; k++) {
    const from = order[k - 1] ?? -1
    const to = order[k]!
    if (to < from) return false
    const before = from < 0 ? -1 : rows.replySequence[from]! + rows.duplicatesOut[from]!
    const replies = rows.replySequence[to]! - before - 1
    if (replies !== 0 && replies !== countUnknown(fate, from + 1, to)) return false
    gaps.push([from, to, replies === 0 ? FATE.lostOut : FATE.lostBack])
  }
  for (const [from, to, leg] of gaps)
    for (let i = from + 1; i < to; i++) if (fate[i] === FATE.unknown) fate[i] = leg
  return true
}

/** Makes the fates add up to the counts where the gaps left them open: out first, in sequence order. */
function settle(fate: Uint8Array, first: number, last: number, lostOut: number): void {
  let out = lostOut
  for (let i = first + 1; i < last; i++) if (fate[i] === FATE.lostOut) out--
  for (let i = first + 1; i < last; i++) {
    if (fate[i] !== FATE.unknown) continue
    fate[i] = out > 0 ? FATE.lostOut : FATE.lostBack
    out--
  }
}
