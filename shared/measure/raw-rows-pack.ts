import { describeRawRows } from './raw-rows-read.ts'

const WORD = 4

/**
 * The same octets in an order that compresses: of each row its 32-bit words less those of the row
 * before (modulo 2^32), and then the first octets of all rows, the second octets, and so on. Headers
 * stay where they are. As long as before, and undone by {@link unpackRawRows}; null when these are no
 * raw rows.
 */
export function packRawRows(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const shape = describeRawRows(bytes)
  if (shape === null) return null
  const packed = Uint8Array.from(bytes)
  const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const { rowBytes } = shape
  for (const { at, count } of shape.streams)
    for (let word = 0; word < rowBytes; word += WORD) {
      let before = 0
      for (let i = 0; i < count; i++) {
        const value = from.getUint32(at + i * rowBytes + word)
        const step = (value - before) >>> 0
        before = value
        const place = at + word * count + i
        packed[place] = step >>> 24
        packed[place + count] = step >>> 16
        packed[place + 2 * count] = step >>> 8
        packed[place + 3 * count] = step
      }
    }
  return packed
}

/** Undoes {@link packRawRows}; null when these were never raw rows. */
export function unpackRawRows(packed: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const shape = describeRawRows(packed)
  if (shape === null) return null
  const bytes = Uint8Array.from(packed)
  const to = new DataView(bytes.buffer)
  const { rowBytes } = shape
  for (const { at, count } of shape.streams)
    for (let word = 0; word < rowBytes; word += WORD) {
      let value = 0
      for (let i = 0; i < count; i++) {
        const place = at + word * count + i
        const step =
          (packed[place]! << 24) |
          (packed[place + count]! << 16) |
          (packed[place + 2 * count]! << 8) |
          packed[place + 3 * count]!
        value = (value + step) >>> 0
        to.setUint32(at + i * rowBytes + word, value)
      }
    }
  return bytes
}
