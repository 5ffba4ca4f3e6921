import { emptyRows, type ReceiptCounts, type StreamRows } from '../../../shared/measure/rows.ts'

/** What happens to packet i; null = lost on that leg. Times in milliseconds. */
export interface Road {
  readonly count: number
  readonly out: (i: number) => number | null
  readonly back: (i: number) => number | null
  readonly dwellMs?: number
  /** Reflector clock minus agent clock when the packet is sent. */
  readonly thetaMs?: (i: number) => number
  readonly notSent?: (i: number) => boolean
  /** A second copy made on the way out arrives this much after the first one would. */
  readonly copyOut?: (i: number) => number | null
  readonly copyBack?: (i: number) => boolean
  readonly firstSequence?: number
  /** Reply number of the first reply. */
  readonly firstReply?: number
  readonly startMs?: number
  readonly sentOffMs?: (i: number) => number
}

export interface Travelled {
  readonly rows: StreamRows
  readonly receipt: ReceiptCounts
}

/** Sends `count` packets 20 ms apart down the road and notes what agent and reflector saw. */
export function travel(road: Road): Travelled {
  const { count, dwellMs = 0.05, firstSequence = 0 } = road
  const rows = emptyRows(1_800_000_000, firstSequence, count)
  const arrivals: { i: number; at: number; copy: boolean }[] = []
  for (let i = 0; i < count; i++) {
    rows.dueNs[i] = ((road.startMs ?? 0) + i * 20) * 1e6
    if (road.notSent?.(i)) continue
    rows.stampedNs[i] = rows.dueNs[i]!
    rows.sentNs[i] = rows.dueNs[i]! + Math.round((road.sentOffMs?.(i) ?? 0) * 1e6)
    const out = road.out(i)
    if (out === null) continue
    const at = rows.sentNs[i]! + Math.round(out * 1e6)
    arrivals.push({ i, at, copy: false })
    const copy = road.copyOut?.(i) ?? null
    if (copy !== null) arrivals.push({ i, at: at + Math.round(copy * 1e6), copy: true })
  }
  arrivals.sort((a, b) => a.at - b.at || a.i - b.i)
  const receipt = receiptOf(arrivals, firstSequence, count)
  const replies: { i: number; reply: number; reached: number; at: number }[] = []
  arrivals.forEach(({ i, at }, order) => {
    const back = road.back(i)
    if (back === null) return
    const left = at + Math.round(dwellMs * 1e6)
    const theta = Math.round((road.thetaMs?.(i) ?? 0) * 1e6)
    const reply = (road.firstReply ?? 0) + order
    replies.push({ i, reply, reached: at + theta, at: left + Math.round(back * 1e6) })
  })
  replies.sort((a, b) => a.at - b.at || a.reply - b.reply)
  let order = 0
  for (const { i, reply, reached, at } of replies) {
    if (rows.replySequence[i]! >= 0) {
      rows.duplicatesOut[i]!++
      continue
    }
    rows.replySequence[i] = reply
    rows.reachedNs[i] = reached
    rows.dwellNs[i] = Math.round(dwellMs * 1e6)
    rows.returnedNs[i] = at
    rows.arrivalOrder[i] = order++
    rows.tosOut[i] = 0xb8
    rows.tosBack[i] = 0xb8
    rows.ttlOut[i] = 60
    rows.ttlBack[i] = 59
    if (road.copyBack?.(i)) rows.duplicatesBack[i] = 1
  }
  return { rows, receipt }
}

function receiptOf(
  arrivals: readonly { readonly i: number }[],
  firstSequence: number,
  count: number,
): ReceiptCounts {
  const receivedBitmap = new Uint8Array(Math.ceil(count / 8))
  const seen = new Set<number>()
  let highest = -1
  let reordered = 0
  for (const { i } of arrivals) {
    if (!seen.has(i) && i < highest) reordered++
    seen.add(i)
    highest = Math.max(highest, i)
    receivedBitmap[i >> 3]! |= 0x80 >> (i & 7)
  }
  return {
    firstSequence,
    count,
    received: seen.size,
    duplicates: arrivals.length - seen.size,
    reordered,
    replied: arrivals.length,
    receivedBitmap,
  }
}

/** Seeded numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
