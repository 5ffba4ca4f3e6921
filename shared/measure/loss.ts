import type { Loss, StreamObservation } from '../record/observation.ts'
import { addToBlock, addToWorstBlock, type BlockTally, emptyBlocks, sumBlocks } from './blocks.ts'
import { type Bursts, burstsOf, mergeBursts } from './bursts.ts'
import { FATE, type Fates, fatesByReceipt, fatesByReplies } from './fates.ts'
import { countReordered, inArrivalOrder, inReplyOrder } from './order.ts'
import { contradicts, coversExactly, distinctReplies, isAnswered } from './receipt.ts'
import type { ReceiptCounts, StreamRows } from './rows.ts'

export type Attribution = StreamObservation['attribution']

/** One stream of a window, and the reflector's half of it where one came. */
export interface StreamWindow {
  readonly rows: StreamRows
  readonly receipt: ReceiptCounts | null
}

export interface Losses {
  readonly out: Loss
  readonly back: Loss
  /** How losses got their leg; of several streams the weakest. */
  readonly attribution: Attribution
  /** Receipts that contradicted themselves or the replies seen; they were not used. */
  readonly contradictedReceipts: number
}

type LegName = 'out' | 'back'
type Counts = Omit<Loss, 'expected' | 'late' | 'blocks' | 'bursts'>

/**
 * Loss of both legs over all streams of a window. On each leg expected = received + lost + unattributed.
 *
 * - out: packets that left the agent. back: replies that left the reflector (answers to duplicates too).
 * - `unattributed` counts the same packets on both legs, since either may have lost them.
 * - `late` is a fact of the round trip (reply after `lateAfterMs`, dwell not counted), so it stands on
 *   both legs and must not be summed over them; late packets are received.
 * - blocks are seconds in which packets were due, shared by all streams; bursts never span streams.
 */
export function lossOf(streams: readonly StreamWindow[], lateAfterMs: number): Losses {
  const judged = streams.map(({ rows, receipt }) => {
    const contradicted = receipt !== null && contradicts(rows, receipt)
    const used = contradicted ? null : receipt
    const fates = used === null ? fatesByReplies(rows) : fatesByReceipt(rows, used)
    return { rows, contradicted, used, fates }
  })
  const late = judged.reduce((total, { rows }) => total + countLate(rows, lateAfterMs), 0)
  const leg = (name: LegName, counts: readonly Counts[]): Loss => {
    const total = addCounts(counts)
    return {
      expected: total.received + total.lost + total.unattributed,
      ...total,
      late,
      blocks: blocksOf(judged, name),
      bursts: mergeBursts(judged.map((one) => seriesBursts(one.fates, name))),
    }
  }
  return {
    out: leg(
      'out',
      judged.map((one) => countOut(one.rows, one.used, one.fates)),
    ),
    back: leg(
      'back',
      judged.map((one) => countBack(one.rows, one.fates)),
    ),
    attribution: weakestAttribution(judged.map((one) => attributionOf(one.rows, one.used))),
    contradictedReceipts: judged.filter((one) => one.contradicted).length,
  }
}

/** The weakest of several ways of attribution; nulls had nothing to attribute. */
export function weakestAttribution(parts: readonly (Attribution | null)[]): Attribution {
  if (parts.includes('none')) return 'none'
  if (parts.includes('replies')) return 'replies'
  return parts.includes('receipt') ? 'receipt' : 'none'
}

function attributionOf(rows: StreamRows, used: ReceiptCounts | null): Attribution | null {
  if (used !== null) return 'receipt'
  if (rows.replySequence.some((reply) => reply >= 0)) return 'replies'
  return rows.sentNs.some((ns) => !Number.isNaN(ns)) ? 'none' : null
}

function countOut(rows: StreamRows, used: ReceiptCounts | null, fates: Fates): Counts {
  let left = 0
  let duplicated = 0
  for (let i = 0; i < rows.count; i++) {
    if (fates.fate[i] !== FATE.notSent) left++
    duplicated += rows.duplicatesOut[i]!
  }
  const told = used !== null && coversExactly(rows, used) ? used : null
  return {
    received: left - fates.lostOut - fates.unattributed,
    lost: fates.lostOut,
    unattributed: fates.unattributed,
    duplicated: told?.duplicates ?? duplicated,
    reordered: told?.reordered ?? countReordered(inReplyOrder(rows), (index) => index),
  }
}

function countBack(rows: StreamRows, fates: Fates): Counts {
  return {
    received: distinctReplies(rows),
    lost: fates.lostBack,
    unattributed: fates.unattributed,
    duplicated: rows.duplicatesBack.reduce((total, n) => total + n, 0),
    reordered: countReordered(inArrivalOrder(rows), (index) => rows.replySequence[index]!),
  }
}

function addCounts(parts: readonly Counts[]): Counts {
  const total = {
    received: 0,
    lost: 0,
    unattributed: 0,
    duplicated: 0,
    reordered: 0,
  }
  for (const part of parts) {
    total.received += part.received
    total.lost += part.lost
    total.unattributed += part.unattributed
    total.duplicated += part.duplicated
    total.reordered += part.reordered
  }
  return total
}

function countLate(rows: StreamRows, lateAfterMs: number): number {
  const limitNs = lateAfterMs * 1e6
  let late = 0
  for (let i = 0; i < rows.count; i++) {
    if (!isAnswered(rows, i)) continue
    const dwell = rows.dwellNs[i]!
    const trip = rows.returnedNs[i]! - rows.sentNs[i]!
    if (trip - (Number.isNaN(dwell) ? 0 : dwell) > limitNs) late++
  }
  return late
}

function blocksOf(
  judged: readonly { readonly rows: StreamRows; readonly fates: Fates }[],
  leg: LegName,
): Loss['blocks'] {
  const tally = emptyBlocks()
  let unplaced = 0
  for (const { rows, fates } of judged) {
    const placed = placeInBlocks(tally, rows, fates.fate, leg)
    if (leg === 'back') unplaced += Math.max(fates.lostBack - placed, 0)
  }
  if (unplaced > 0) addToWorstBlock(tally, unplaced)
  return sumBlocks(tally)
}

/** Files the packets of one stream by second; returns how many losses it placed. */
function placeInBlocks(
  tally: BlockTally,
  rows: StreamRows,
  fate: Uint8Array,
  leg: LegName,
): number {
  const lostHere = leg === 'out' ? FATE.lostOut : FATE.lostBack
  let placed = 0
  for (let i = 0; i < rows.count; i++) {
    const what = fate[i]
    if (what === FATE.notSent) continue
    if (leg === 'back' && what === FATE.lostOut) continue
    const due = rows.dueNs[i]!
    const at = Number.isNaN(due) ? rows.sentNs[i]! : due
    const lost = what === lostHere ? 1 : 0
    const packets = leg === 'back' ? 1 + rows.duplicatesOut[i]! : 1
    addToBlock(tally, rows.baseSeconds + Math.floor(at / 1e9), packets, lost)
    placed += lost
  }
  return placed
}

/** Bursts need to know of every packet where it was lost: null when that is open, or none travelled. */
function seriesBursts(fates: Fates, leg: LegName): Bursts | null {
  if (!fates.labelled || fates.unattributed > 0) return null
  const series = new Uint8Array(fates.fate.length)
  let size = 0
  for (const what of fates.fate) {
    if (what === FATE.notSent) continue
    if (leg === 'back' && what === FATE.lostOut) continue
    series[size++] = what === (leg === 'out' ? FATE.lostOut : FATE.lostBack) ? 1 : 0
  }
  return size === 0 ? null : burstsOf(series.subarray(0, size))
}
