import { randomFillSync } from 'node:crypto'
import { statfsSync } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Records are turned away while less is free: the smaller of this and 1/50 of the file system. */
const WATERMARK_BYTES = 256 * 1024 * 1024
const WATERMARK_PART = 50
/** Room that is kept for the hour of need: the smaller of this and 1/100 of the file system. */
const BALLAST_BYTES = 128 * 1024 * 1024
const BALLAST_PART = 100
const CHUNK = 1024 * 1024
/** The smallest piece that file systems find again. */
const BLOCK = 4096
/** How long an answer holds: records ask for it thousands of times a second. */
const HOLDS_MS = 200

export const BALLAST_FILE = 'ballast'

export interface DiskRoom {
  readonly freeBytes: number
  readonly wantedBytes: number
}

/**
 * The disk of a data directory. A database that runs out of space cannot even delete, so records are
 * refused while there is still some left; and a ballast file can be let go of, to have room to work in
 * when something else filled the disk.
 */
export class Disk {
  readonly #directory: string
  readonly #monotonicMs: () => number
  #known: { readonly untilMs: number; readonly low: string | null } | null = null

  /** @param directory the data directory; it must be there by the first question */
  constructor(directory: string, monotonicMs: () => number = () => performance.now()) {
    this.#directory = directory
    this.#monotonicMs = monotonicMs
  }

  /**
   * What is wrong, in bytes; null while there is room.
   * @param fresh true: the disk is asked now, whatever it said a moment ago
   */
  low(fresh = false): string | null {
    const now = this.#monotonicMs()
    if (!fresh && this.#known !== null && now < this.#known.untilMs) return this.#known.low
    const { freeBytes, wantedBytes } = this.room()
    const found = `${freeBytes} bytes of disk space free in ${this.#directory}, wanted ${wantedBytes}`
    this.#known = { untilMs: now + HOLDS_MS, low: freeBytes >= wantedBytes ? null : found }
    return this.#known.low
  }

  /** What is free, and below what records are turned away. */
  room(): DiskRoom {
    const { freeBytes, totalBytes } = this.#space()
    return { freeBytes, wantedBytes: share(totalBytes, WATERMARK_BYTES, WATERMARK_PART) }
  }

  /**
   * Makes the ballast file where it is missing and there is ample room; true when it was made. Not at
   * once after it was released: only when there is so much room that it was needed no longer.
   */
  async keepBallast(): Promise<boolean> {
    const { freeBytes, totalBytes } = this.#space()
    const size = share(totalBytes, BALLAST_BYTES, BALLAST_PART)
    const file = join(this.#directory, BALLAST_FILE)
    const found = await stat(file).catch(() => null)
    const ample = 2 * share(totalBytes, WATERMARK_BYTES, WATERMARK_PART) + 3 * size
    if (found !== null || freeBytes < ample) return false
    // By another name first: a file that was cut short by a full disk must not pass for the ballast.
    const making = `${file}.tmp`
    try {
      await write(making, size)
      await rename(making, file)
    } catch (error) {
      await rm(making, { force: true })
      throw error
    }
    return true
  }

  #space() {
    return spaceOf(this.#directory)
  }
}

function spaceOf(directory: string): { readonly freeBytes: number; readonly totalBytes: number } {
  const { bavail, blocks, bsize } = statfsSync(directory)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}

/**
 * What is wrong with writing what nobody is owed there, in bytes; null while there is room: it ends well
 * before records would be turned away.
 */
export function roomFor(directory: string): string | null {
  const { freeBytes, totalBytes } = spaceOf(directory)
  const wanted = 2 * share(totalBytes, WATERMARK_BYTES, WATERMARK_PART)
  if (freeBytes >= wanted) return null
  return `${freeBytes} bytes of disk space free, wanted ${wanted}`
}

/**
 * Deletes the ballast file of a data directory.
 * @returns the bytes that this set free; null when there is none
 */
export async function releaseBallast(directory: string): Promise<number | null> {
  const file = join(directory, BALLAST_FILE)
  const found = await stat(file).catch(() => null)
  if (found === null) return null
  await rm(file)
  return found.size
}

/** Bytes that no file system can squeeze: on some, zeros or the same block twice would take no room. */
async function write(file: string, size: number): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  const chunk = randomFillSync(Buffer.allocUnsafe(Math.min(CHUNK, size)))
  try {
    for (let written = 0; written < size; written += chunk.byteLength) {
      for (let at = 0; at + 8 <= chunk.byteLength; at += BLOCK) {
        chunk.writeDoubleLE(written + at, at)
      }
      await handle.writeFile(chunk.subarray(0, size - written))
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function share(total: number, most: number, part: number): number {
  return Math.min(most, Math.floor(total / part))
}
