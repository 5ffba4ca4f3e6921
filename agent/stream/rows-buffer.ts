import type { StreamRows } from '../../shared/measure/rows.ts'

/** Octets of one row: six doubles, two 32-bit and six 16-bit numbers. */
export const ROW_BYTES = 6 * 8 + 2 * 4 + 6 * 2

/** Empty rows (nothing sent, nothing known) on one ArrayBuffer, so that a window is handed over without copying. */
export function rowsOnBuffer(
  baseSeconds: number,
  firstSequence: number,
  count: number,
): StreamRows {
  const buffer = new ArrayBuffer(count * ROW_BYTES)
  let at = 0
  // Widest first: every array then starts at a multiple of its own width, whatever the count.
  const take = (width: number): number => {
    const offset = at
    at += width * count
    return offset
  }
  const times = (): Float64Array => new Float64Array(buffer, take(8), count).fill(Number.NaN)
  const longs = (): Int32Array => new Int32Array(buffer, take(4), count).fill(-1)
  const octets = (): Int16Array => new Int16Array(buffer, take(2), count).fill(-1)
  return {
    baseSeconds,
    firstSequence,
    count,
    dueNs: times(),
    sentNs: times(),
    stampedNs: times(),
    reachedNs: times(),
    dwellNs: times(),
    returnedNs: times(),
    replySequence: longs(),
    arrivalOrder: longs(),
    tosOut: octets(),
    ttlOut: octets(),
    tosBack: octets(),
    ttlBack: octets(),
    duplicatesBack: new Uint16Array(buffer, take(2), count),
    duplicatesOut: new Uint16Array(buffer, take(2), count),
  }
}

/** The same arrays under another first sequence: a buffer made ahead meets its window. */
export function rowsFrom(rows: StreamRows, firstSequence: number): StreamRows {
  return { ...rows, firstSequence }
}

/** The first `count` rows, on a buffer of their own. */
export function trimRows(rows: StreamRows, count: number): StreamRows {
  if (count === rows.count) return rows
  const shorter = rowsOnBuffer(rows.baseSeconds, rows.firstSequence, count)
  for (const name of ROW_ARRAYS) shorter[name].set(rows[name].subarray(0, count))
  return shorter
}

const ROW_ARRAYS = [
  'dueNs',
  'sentNs',
  'stampedNs',
  'reachedNs',
  'dwellNs',
  'returnedNs',
  'replySequence',
  'arrivalOrder',
  'tosOut',
  'ttlOut',
  'tosBack',
  'ttlBack',
  'duplicatesBack',
  'duplicatesOut',
] as const
