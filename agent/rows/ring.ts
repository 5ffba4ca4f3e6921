import { rmSync } from 'node:fs'
import { type FileHandle, open, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { makeFolder } from '../../shared/disk/folder.ts'
import { lockDirectory } from '../../shared/disk/lock.ts'
import { isDiskFull } from '../../shared/errors.ts'
import { startOfInterval } from '../../shared/intervals.ts'
import { packRawRows } from '../../shared/measure/raw-rows-pack.ts'
import { Absences } from './absences.ts'
import { type AbsenceCause, frameOf, type RowsNote, SEGMENT_START } from './frame.ts'
import { PinFile, type Span } from './pin-file.ts'
import { mendNewest, type Segment, segmentName, segmentsIn, spanOf } from './segments.ts'

export interface RingLimits {
  /** Octets on disk, all segments. */
  readonly maxOctets: number
  readonly maxDays: number
  /** Octets of raw rows that may wait in memory for the disk. */
  readonly queueOctets: number
}

export interface RingParts {
  readonly folder: string
  readonly limits: RingLimits
  readonly nowMs: () => number
  /** Rows are not kept from now on (and why), or are again (null). Told once at each change. */
  readonly onState: (cause: AbsenceCause | null, detail: string) => void
}

const DAY_MS = 86_400_000
const SEGMENT_OCTETS = 32 * 2 ** 20
/** Raw rows end long before records do: this much, or this share of a small disk, stays free. */
const RESERVE_OCTETS = 256 * 2 ** 20
const RESERVE_SHARE = 0.05
const SYNC_EVERY_MS = 60_000
const LOCK = { wanted: 'a folder of its own for raw rows', repair: 'give each its own --state' }
const compress = promisify(deflate)

interface Waiting {
  readonly note: RowsNote
  readonly bytes: Uint8Array
}

/**
 * Raw rows of the last days on disk, bounded in octets and days: oldest out first, pinned time last
 * of all. Packing, compressing and writing happen one window after the other away from the caller;
 * what cannot be kept is counted and told by a note in the ring itself. Nothing here is as dear as a
 * record: the ring stops while the disk still has room for those, and {@link giveUp} makes more.
 *
 * Each window is one append; fdatasync once a minute and at the end of a segment. A crash of the
 * process loses nothing written; a power failure at most the last minute, and then shows it.
 */
export class RowsRing {
  readonly #parts: RingParts
  readonly #unlock: () => void
  readonly #pins: PinFile
  readonly #segments: Segment[]
  #queue: Waiting[] = []
  #queued = 0
  #running: Promise<void> = Promise.resolve()
  #busy = false
  #file: FileHandle | null = null
  #current: Segment | null = null
  #syncedMs = 0
  readonly #absences: Absences
  /** Segments that were found torn and cut back to their last whole window. */
  readonly torn: readonly string[]

  /** @throws Fault STORE when another process holds the folder; Error when it cannot be written */
  constructor(parts: RingParts) {
    const { folder } = parts
    this.#parts = parts
    this.#absences = new Absences(parts.onState)
    makeFolder(folder)
    this.#unlock = lockDirectory(folder, LOCK)
    this.torn = mendNewest(folder)
    this.#segments = segmentsIn(folder)
    this.#pins = new PinFile(folder)
  }

  get folder(): string {
    return this.#parts.folder
  }

  /** Octets on disk. */
  get octets(): number {
    return this.#segments.reduce((sum, { octets }) => sum + octets, 0)
  }

  /** Why rows are not kept at the moment; null: they are. */
  get state(): AbsenceCause | null {
    return this.#absences.state
  }

  /** Takes a window's rows over (the caller must not change them). False: no room in memory. */
  offer(note: RowsNote, bytes: Uint8Array): boolean {
    if (this.#queued + bytes.length > this.#parts.limits.queueOctets) {
      this.#absences.add(note, 'queue-full', `${this.#queued} octets wait for the disk`)
      return false
    }
    this.#queue.push({ note, bytes })
    this.#queued += bytes.length
    if (!this.#busy) this.#running = this.#drain()
    return true
  }

  /** Times whose rows stay until this is called without them. */
  pin(spans: readonly Span[]): void {
    this.#pins.set(spans)
  }

  /** Removes the oldest rows that no pin holds, so that records find room; how many octets went. */
  giveUp(octets: number): number {
    let freed = 0
    while (freed < octets) {
      const gone = this.#removeOldest()
      if (gone === 0) break
      freed += gone
    }
    return freed
  }

  /** Everything offered is on disk then. */
  async idle(): Promise<void> {
    await this.#running
  }

  async close(): Promise<void> {
    await this.#running
    await this.#endSegment().catch(() => undefined)
    this.#unlock()
  }

  async #drain(): Promise<void> {
    this.#busy = true
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      await this.#keep(next).catch((error: Error) => {
        this.#absences.add(next.note, isDiskFull(error) ? 'disk-full' : 'disk-error', error.message)
      })
      this.#queued -= next.bytes.length
    }
    this.#busy = false
  }

  async #keep({ note, bytes }: Waiting): Promise<void> {
    const packed = packRawRows(bytes)
    if (packed === null) throw new Error('these are no raw rows')
    const frame = frameOf(note, await compress(packed))
    const lacking = await this.#makeRoom(frame.length)
    if (lacking !== null) {
      this.#absences.add(note, lacking, 'no room that no pin holds')
      return
    }
    await this.#write(Buffer.concat([...this.#absences.frames(), frame]))
    this.#absences.told()
  }

  async #write(bytes: Buffer): Promise<void> {
    const nowMs = this.#parts.nowMs()
    const startMs = startOfInterval(nowMs)
    const full = (this.#current?.octets ?? 0) > SEGMENT_OCTETS
    if (this.#current?.startMs !== startMs || full) await this.#endSegment()
    const file = this.#file ?? (await this.#beginSegment(startMs))
    const segment = this.#current as Segment
    try {
      await file.appendFile(bytes)
    } catch (error) {
      // Half a window is none: what stood before it must stay readable.
      await file.truncate(segment.octets).catch(() => undefined)
      throw error
    }
    this.#grow(segment, bytes.length)
    if (nowMs - this.#syncedMs < SYNC_EVERY_MS && nowMs >= this.#syncedMs) return
    this.#syncedMs = nowMs
    await file.datasync()
  }

  async #beginSegment(startMs: number): Promise<FileHandle> {
    const number = (this.#segments.at(-1)?.number ?? 0) + 1
    const name = segmentName(number, startMs)
    const file = await open(join(this.#parts.folder, name), 'a', 0o600)
    const octets = SEGMENT_START.length
    this.#file = file
    this.#current = { name, number, startMs, octets }
    this.#segments.push(this.#current)
    await file.appendFile(SEGMENT_START)
    return file
  }

  #grow(segment: Segment, octets: number): void {
    const grown = { ...segment, octets: segment.octets + octets }
    this.#segments[this.#segments.indexOf(segment)] = grown
    this.#current = grown
  }

  async #endSegment(): Promise<void> {
    const file = this.#file
    this.#file = null
    this.#current = null
    if (file === null) return
    await file.datasync().finally(() => file.close())
  }

  /** Null: there is room. Otherwise why not, with everything removed that may be. */
  async #makeRoom(octets: number): Promise<AbsenceCause | null> {
    const { folder, limits, nowMs } = this.#parts
    const oldestMs = nowMs() - limits.maxDays * DAY_MS
    while ((this.#segments[0]?.startMs ?? oldestMs) < oldestMs)
      if (this.#removeOldest() === 0) break
    while (this.octets + octets > limits.maxOctets)
      if (this.#removeOldest() === 0) return 'ring-full'
    for (;;) {
      const { bavail, blocks, bsize } = await statfs(folder)
      const reserve = Math.min(RESERVE_OCTETS, RESERVE_SHARE * blocks * bsize)
      if (bavail * bsize >= reserve + octets) return null
      if (this.#removeOldest() === 0) return 'disk-full'
    }
  }

  /** Octets of the oldest segment that is neither pinned nor being written; 0: there is none. */
  #removeOldest(beforeMs = Number.POSITIVE_INFINITY): number {
    const at = this.#segments.findIndex(
      (segment) =>
        segment !== this.#current &&
        segment.startMs < beforeMs &&
        !this.#pins.touches(spanOf(segment)),
    )
    const [oldest] = at < 0 ? [] : this.#segments.splice(at, 1)
    if (oldest === undefined) return 0
    rmSync(join(this.#parts.folder, oldest.name), { force: true })
    return oldest.octets
  }
}
