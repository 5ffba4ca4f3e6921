import { readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { moveDurably, removeDurably, UNFINISHED, writeDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'
import { lockDirectory } from '../../shared/disk/lock.ts'
import { Fault } from '../../shared/errors.ts'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import { advance, type ChainHead, type Dropped, type Link, parseHead, startBoot } from './chain.ts'
import { type Outgoing, openEnvelope, outgoing, sealEnvelope } from './envelope.ts'
import { SetAside } from './set-aside.ts'

export interface SpoolLimits {
  readonly maxBytes: number
  readonly maxDays: number
}

export interface SpoolWindow {
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
}

/** One record's file: `<ordinal>-<start of its window>.json`. */
const NAME = /^(\d{12})-(\d{1,16})\.json$/
const DAY_MS = 86_400_000

/**
 * What the collector has not acknowledged yet, one fsynced file per record, and the head of the
 * record chain. Holds these promises over kill -9 at any instant and over a full disk: a record that
 * {@link append} returned is delivered or still here; no (boot, sequence) is used twice; what waits
 * longest is never thrown away for something newer. A window that finds no room is counted, and the
 * next record that is kept says so.
 */
export class Spool {
  readonly #directory: string
  readonly #limits: SpoolLimits
  readonly #write: typeof writeDurably
  readonly #signer: Signer | null
  readonly #unlock: () => void
  #names: string[] = []
  #bytes = 0
  #head: ChainHead
  #dropped: Dropped | null = null
  #headIsSaved = true
  /** What was found broken at the start and set aside; the owner reports it. */
  readonly damaged: readonly string[]
  /** What the collector did not take. */
  readonly setAside: SetAside

  /**
   * @param boot a new UUID for this start; @param write stands in for the disk in tests
   * @param signer the agent's key; null: records are not signed
   * @throws Fault STORE when the directory cannot be made, is in use, or cannot be written
   */
  constructor(
    directory: string,
    limits: SpoolLimits,
    boot: string,
    write = writeDurably,
    signer: Signer | null = null,
  ) {
    this.#directory = directory
    this.#limits = limits
    this.#write = write
    this.#signer = signer
    this.setAside = new SetAside(join(directory, 'refused'), NAME, write, signer)
    try {
      for (const name of ['pending', 'refused', 'damaged']) makeFolder(join(directory, name))
      this.#unlock = lockDirectory(directory)
      this.damaged = this.#recover()
      this.#head = startBoot(this.#newestHead(), boot)
    } catch (error) {
      if (error instanceof Fault) throw error
      throw new Fault('STORE', directory, 'a writable spool directory', (error as Error).message)
    }
  }

  /** Names of the records that wait, oldest first. */
  get pending(): readonly string[] {
    return this.#names
  }

  get bytes(): number {
    return this.#bytes
  }
  get dropped(): Dropped | null {
    return this.#dropped
  }

  /**
   * Makes the next record of the chain and keeps it. `make` gets the link it must carry and returns
   * the payload bytes. Refused when there is no room or the disk failed: the window is then counted
   * as dropped and the chain does not move.
   */
  append(window: SpoolWindow, make: (link: Link) => Uint8Array): Result<string, Dropped> {
    const head = this.#head
    const { boot, previous } = head
    const payload = make({ boot, previous, sequence: head.sequence + 1, dropped: this.#dropped })
    const next = advance(head, payload)
    const name = `${String(next.ordinal).padStart(12, '0')}-${window.from}.json`
    const envelope = sealEnvelope(payload, this.#signer)
    if (!this.#hasRoom(window, envelope.length)) return refuse(this.#drop(window, 'spool-full'))
    try {
      this.#write(join(this.#directory, 'pending'), name, envelope)
    } catch {
      return refuse(this.#drop(window, 'disk-error'))
    }
    this.#head = next
    this.#dropped = null
    this.#names.push(name)
    this.#bytes += envelope.length
    this.#saveHead()
    return ok(name)
  }

  /** A record as it is sent (see outgoing); undefined where there is none: the file is set aside. */
  read(name: string): Outgoing | undefined {
    const bytes = readFileSync(join(this.#directory, 'pending', name))
    const found = outgoing(bytes, this.#signer)
    if (found.ok) return found.value
    this.#leave(name, () => this.#moveTo('damaged', name))
    return undefined
  }

  /** Forgets a record that the collector has acknowledged. */
  delivered(name: string): void {
    this.#leave(name, () => removeDurably(join(this.#directory, 'pending'), name))
  }

  /** Sets aside a record that the collector does not take, with what it said. */
  refuse(name: string, why: string): void {
    this.setAside.note(name, why)
    this.#leave(name, () => this.#moveTo('refused', name))
  }

  close(): void {
    this.#unlock()
  }

  #hasRoom(window: SpoolWindow, bytes: number): boolean {
    const oldest = this.#names[0]
    const spanMs = oldest === undefined ? 0 : window.from - startOf(oldest)
    return this.#bytes + bytes <= this.#limits.maxBytes && spanMs <= this.#limits.maxDays * DAY_MS
  }

  #drop(window: SpoolWindow, cause: Dropped['cause']): Dropped {
    const before = this.#dropped
    this.#dropped = {
      windows: (before?.windows ?? 0) + 1,
      from: before?.from ?? window.from,
      to: window.to,
      cause,
    }
    return this.#dropped
  }

  #leave(name: string, act: () => void): void {
    const at = this.#names.indexOf(name)
    if (at < 0) return
    // The newest record is the only other witness of how far the chain has come.
    if (at === this.#names.length - 1 && !this.#headIsSaved && !this.#saveHead()) {
      throw new Error('the head of the record chain cannot be stored')
    }
    let size = 0
    try {
      size = statSync(join(this.#directory, 'pending', name)).size
    } catch {
      // Already gone: it no longer counts either way.
    }
    act()
    this.#names.splice(at, 1)
    this.#bytes = Math.max(0, this.#bytes - size)
  }

  #moveTo(folder: 'refused' | 'damaged', name: string): void {
    try {
      moveDurably(join(this.#directory, 'pending'), join(this.#directory, folder), name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }

  /** False when the disk did not take it; the newest record itself then tells it (#newestHead). */
  #saveHead(): boolean {
    try {
      this.#write(this.#directory, 'head.json', Buffer.from(JSON.stringify(this.#head)))
      this.#headIsSaved = true
    } catch {
      this.#headIsSaved = false
    }
    return this.#headIsSaved
  }

  /** Reads what waits; unfinished files are no records and go, damaged ones are set aside. */
  #recover(): string[] {
    const pending = join(this.#directory, 'pending')
    const damaged: string[] = []
    for (const name of readdirSync(pending).sort()) {
      if (name.startsWith(UNFINISHED)) {
        unlinkSync(join(pending, name))
        continue
      }
      const size = statSync(join(pending, name)).size
      if (NAME.test(name) && size > 0) {
        this.#names.push(name)
        this.#bytes += size
        continue
      }
      this.#moveTo('damaged', name)
      damaged.push(name)
    }
    return damaged
  }

  /**
   * The head as stored, or as the newest waiting record gives it: a crash between the two writes of
   * {@link append} leaves the record one step ahead.
   */
  #newestHead(): ChainHead | undefined {
    const stored = this.#storedHead()
    const newest = this.#names.at(-1)
    const ordinal = Number(newest?.slice(0, 12) ?? 0)
    if (newest === undefined || ordinal <= (stored?.ordinal ?? 0)) return stored
    const bytes = readFileSync(join(this.#directory, 'pending', newest))
    const payload = openEnvelope(bytes)
    if (!payload.ok) return stored === undefined ? undefined : { ...stored, ordinal }
    return {
      ...advance({ boot: '', sequence: 0, previous: null, ordinal }, payload.value),
      ordinal,
    }
  }

  #storedHead(): ChainHead | undefined {
    try {
      return parseHead(readFileSync(join(this.#directory, 'head.json'), 'utf8'))
    } catch {
      return undefined
    }
  }
}

function startOf(name: string): number {
  return Number(NAME.exec(name)?.[2] ?? 0)
}
