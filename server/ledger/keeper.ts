import type { Signer } from '../../shared/evidence/crypto.ts'
import type { LedgerBook } from '../store/ledger/book.ts'
import type { StoredCheckpoint } from '../store/ledger/checkpoints.ts'
import type { LogHead } from '../store/ledger/head.ts'
import { LEASE_NAME, type Lease } from '../store/ledger/lease.ts'
import { type LateRecords, MOST_LEAVES, mergeLate } from '../store/ledger/sequence.ts'
import type { Probation } from './probation.ts'
import { checkContinues, type LastSigned, SigningRefused, signHead } from './signing.ts'

export interface KeeperOptions {
  readonly book: LedgerBook
  /** The log's key under the name of a log. */
  readonly signer: (name: string) => Signer
  readonly last: LastSigned
  /** A name that no other running collector has. */
  readonly holder: string
  readonly nowMs: () => number
  /** Least time between two checkpoints; only a log that has grown is signed. */
  readonly checkpointEveryMs: number
  /** Hears of every checkpoint once it is published: where witnesses are asked to cosign. */
  readonly onCheckpoint?: (checkpoint: StoredCheckpoint) => void
  /** Left out: whatever continues what was signed before may be signed. */
  readonly probation?: Probation
}

export interface KeeperFault {
  readonly found: string
  readonly repair: string
}

const LEASE_MS = 15_000
const RENEW_MS = 5_000
/** How long one that may not write waits before it looks again. */
const LOOK_AGAIN_MS = 5_000
const MOST_ROUNDS = 20

/**
 * Keeps the log while it holds the lease: gives places, signs, publishes. Every turn is safe to cut
 * off anywhere: what was not committed waits, what was signed and not published is beside the key.
 */
export class LedgerKeeper {
  readonly #options: KeeperOptions
  #lease: Lease | null = null
  #head: LogHead | null = null
  #renewAtMs = 0
  #lookAtMs = 0
  #signedMs = Number.NEGATIVE_INFINITY
  #signedSize = 0
  #late = new Map<string, LateRecords>()
  #fault: KeeperFault | null = null

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  /** Whether this collector writes the log now. */
  get leads(): boolean {
    return this.#lease !== null
  }

  /** Why the log stands still; null when it need not. */
  get fault(): KeeperFault | null {
    return this.#fault
  }

  /** Records that came late, since this was last asked. */
  takeLate(): readonly LateRecords[] {
    const late = [...this.#late.values()]
    this.#late = new Map()
    return late
  }

  /** One turn. To be called again and again, never twice at a time. */
  async turn(): Promise<void> {
    const lease = this.#lease ?? (await this.#take())
    if (lease === null || this.#head === null) return
    if (!(await this.#sequence(lease, this.#head.logId))) {
      this.#lose()
      return
    }
    const now = this.#options.nowMs()
    if (now - this.#signedMs >= this.#options.checkpointEveryMs) await this.#sign(lease)
  }

  /** Places and signs what there is, and gives the lease back. */
  async stop(): Promise<void> {
    const lease = this.#lease
    if (lease === null) return
    this.#signedMs = Number.NEGATIVE_INFINITY
    await this.turn()
    this.#lose()
    await this.#options.book.releaseLease(lease)
  }

  async #take(): Promise<Lease | null> {
    const { book, holder, nowMs } = this.#options
    if (nowMs() < this.#lookAtMs) return null
    this.#lookAtMs = nowMs() + LOOK_AGAIN_MS
    const key = { name: LEASE_NAME, holder }
    const epoch = await book.takeLease(key, nowMs(), LEASE_MS)
    if (epoch === null) return null
    const lease = { ...key, epoch }
    this.#renewAtMs = nowMs() + RENEW_MS
    try {
      await this.#begin(lease)
    } catch (error) {
      await book.releaseLease(lease)
      this.#refused(error)
      return null
    }
    this.#fault = null
    this.#lookAtMs = 0
    this.#lease = lease
    return lease
  }

  /** Reads where the log stands, and publishes what was signed and not published before a crash. */
  async #begin(lease: Lease): Promise<void> {
    const { book, last, nowMs } = this.#options
    const head = await book.newestLog()
    if (head === null) throw new Error('ledger: no log was opened')
    await checkContinues(book, this.#signerOf(head), head, last)
    this.#head = head
    const newest = await book.newestCheckpoint(head.logId)
    this.#signedSize = newest?.size ?? 0
    const note = last.read()
    const size = Number(note?.split('\n')[1] ?? 0)
    if (note !== null && size > this.#signedSize) {
      await this.#publish(lease, { logId: head.logId, size, note, atMs: nowMs() })
    }
  }

  /** False when the lease has changed hands. */
  async #sequence(lease: Lease, logId: string): Promise<boolean> {
    const { book, nowMs } = this.#options
    const { count } = await book.unsequenced()
    const rounds = Math.min(Math.ceil(count / MOST_LEAVES), MOST_ROUNDS)
    const needed = nowMs() >= this.#renewAtMs ? Math.max(rounds, 1) : rounds
    for (let round = 0; round < needed; round += 1) {
      const done = await book.sequence(lease, logId, { untilMs: nowMs() + LEASE_MS })
      if (done.outcome === 'fenced') return false
      this.#renewAtMs = nowMs() + RENEW_MS
      for (const late of done.late) mergeLate(this.#late, late)
    }
    return true
  }

  async #sign(lease: Lease): Promise<void> {
    const { book, last, nowMs, probation } = this.#options
    const head = await book.newestLog()
    if (head === null || head.logId !== this.#head?.logId) {
      this.#lose()
      return
    }
    this.#head = head
    const { size } = head.range
    if (size <= this.#signedSize) return
    try {
      const signer = this.#signerOf(head)
      await checkContinues(book, signer, head, last)
      if (probation !== undefined && !probation.allows()) return
      const note = signHead(signer, head)
      last.write(note)
      await this.#publish(lease, { logId: head.logId, size, note, atMs: nowMs() })
    } catch (error) {
      this.#lose()
      await book.releaseLease(lease)
      this.#refused(error)
    }
  }

  async #publish(lease: Lease, checkpoint: StoredCheckpoint): Promise<void> {
    const { book, nowMs, onCheckpoint } = this.#options
    if (!(await book.putCheckpoint(lease, checkpoint, nowMs() + LEASE_MS))) {
      this.#lose()
      return
    }
    this.#signedMs = nowMs()
    this.#signedSize = checkpoint.size
    onCheckpoint?.(checkpoint)
  }

  #signerOf({ origin, signer: hex }: LogHead): Signer {
    const signer = this.#options.signer(origin)
    const own = Buffer.from(signer.publicKey).toString('hex')
    if (own === hex) return signer
    throw new SigningRefused(`the log ${origin} is signed by another key than this collector's`)
  }

  #lose(): void {
    this.#lease = null
    this.#head = null
  }

  #refused(error: unknown): void {
    if (!(error instanceof SigningRefused)) throw error
    this.#lookAtMs = this.#options.nowMs() + LOOK_AGAIN_MS
    this.#fault = { found: error.message, repair: error.repair }
  }
}
