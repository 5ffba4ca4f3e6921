import { formatAddCheckpoint } from '../../shared/evidence/add-checkpoint.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import {
  parseNote,
  parseSignatures,
  signatureLine,
  verifySignature,
} from '../../shared/evidence/note.ts'
import { fromDecimal } from '../../shared/evidence/octets.ts'
import type { Vkey } from '../../shared/evidence/vkey.ts'
import type { LedgerBook } from '../store/ledger/book.ts'
import type { StoredCheckpoint } from '../store/ledger/checkpoints.ts'

/** A witness that is asked to cosign. */
export interface AskedWitness {
  readonly vkey: Vkey
  /** Its submission prefix, without a slash at the end. */
  readonly url: string
}

export interface PostReply {
  readonly status: number
  readonly body: string
}

/** Posts a text and reads the answer. @throws Error what stood in the way */
export type Post = (url: URL, text: string, timeoutMs: number) => Promise<PostReply>

/** What became of asking one witness. */
const WITNESS_OUTCOMES = ['cosigned', 'conflict', 'refused', 'failed'] as const
export type WitnessOutcome = (typeof WITNESS_OUTCOMES)[number]

export interface WitnessState {
  readonly name: string
  /** Leaves of the newest checkpoint that it cosigned since this collector started; 0: none. */
  readonly size: number
  /** When, by its cosignature, milliseconds since 1970; 0: never. */
  readonly atMs: number
  /** It has cosigned another history, or a longer one, than this log is. */
  readonly conflict: boolean
  readonly counts: ReadonlyMap<WitnessOutcome, number>
}

export interface WitnessDeskOptions {
  readonly witnesses: readonly AskedWitness[]
  readonly book: Pick<LedgerBook, 'consistency' | 'putCosignature' | 'logHead'>
  readonly post: Post
  readonly nowMs: () => number
  /** Longest wait after a first failure, milliseconds; left out: five seconds. */
  readonly firstWaitMs?: number
  /** Told when a witness changes from one outcome to another. */
  readonly onChange: (name: string, outcome: WitnessOutcome, why: string) => void
}

const WITHIN_MS = 10_000
const FIRST_WAIT_MS = 5_000
/** What a witness did not cosign while it was away is without it for good: one that is back is asked soon. */
const LONGEST_WAIT_MS = 60_000
/** The witness may be ahead of what is known of it, once; then it must agree. */
const MOST_TRIES = 3

/** How long is waited at the most after so many failures one after the other, milliseconds. */
export function longestWait(failures: number, firstWaitMs: number): number {
  return Math.min(firstWaitMs * 2 ** (failures - 1), LONGEST_WAIT_MS)
}

interface Answer {
  readonly outcome: WitnessOutcome
  readonly why: string
}

/** Asks every witness to cosign the newest checkpoint, each at its own pace, and keeps what verifies. */
export class WitnessDesk {
  readonly #asked: readonly Asked[]
  readonly #stopping = new AbortController()

  constructor(options: WitnessDeskOptions) {
    const stop = this.#stopping.signal
    this.#asked = options.witnesses.map((witness) => new Asked(witness, options, stop))
  }

  /** A checkpoint was published; one that is superseded before its turn is not asked about. */
  offer(checkpoint: StoredCheckpoint): void {
    for (const asked of this.#asked) asked.offer(checkpoint)
  }

  get states(): readonly WitnessState[] {
    return this.#asked.map(({ state }) => state)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#asked.map((asked) => asked.ended()))
  }
}

/** One witness. */
class Asked {
  readonly #witness: AskedWitness
  readonly #options: WitnessDeskOptions
  readonly #stop: AbortSignal
  readonly #counts = new Map<WitnessOutcome, number>(
    WITNESS_OUTCOMES.map((outcome) => [outcome, 0]),
  )
  #newest: StoredCheckpoint | null = null
  #running: Promise<void> | null = null
  #failures = 0
  #told: WitnessOutcome = 'cosigned'
  #conflict = false
  #size = 0
  #atMs = 0
  /** What the witness cosigned last of which log, as far as it is known here. */
  #last: { readonly logId: string; readonly size: number } = { logId: '', size: 0 }

  constructor(witness: AskedWitness, options: WitnessDeskOptions, stop: AbortSignal) {
    this.#witness = witness
    this.#options = options
    this.#stop = stop
  }

  get state(): WitnessState {
    const { name } = this.#witness.vkey
    const counts = new Map(this.#counts)
    return { name, size: this.#size, atMs: this.#atMs, conflict: this.#conflict, counts }
  }

  offer(checkpoint: StoredCheckpoint): void {
    this.#newest = checkpoint
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
  }

  async ended(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#newest !== null && !this.#stop.aborted) {
      const checkpoint = this.#newest
      const answer = await this.#ask(checkpoint).catch(
        (error: Error): Answer => ({ outcome: 'failed', why: error.message }),
      )
      this.#conclude(answer)
      const good = answer.outcome === 'cosigned'
      if (good && this.#newest === checkpoint) this.#newest = null
      if (!good) await sleep(this.#waitMs(), this.#stop)
    }
  }

  #waitMs(): number {
    const { firstWaitMs = FIRST_WAIT_MS } = this.#options
    return longestWait(this.#failures, firstWaitMs) * (0.5 + Math.random() / 2)
  }

  #conclude({ outcome, why }: Answer): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1)
    this.#failures = outcome === 'cosigned' ? 0 : this.#failures + 1
    // A witness that does not answer takes no conflict back.
    if (outcome === 'cosigned' || outcome === 'conflict') this.#conflict = outcome === 'conflict'
    if (outcome === this.#told) return
    this.#told = outcome
    this.#options.onChange(this.#witness.vkey.name, outcome, why)
  }

  async #ask(checkpoint: StoredCheckpoint): Promise<Answer> {
    const { logId } = checkpoint
    let from = this.#last.logId === logId ? this.#last.size : 0
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const reply = await this.#post(checkpoint, from)
      if (reply.status === 200) return this.#keep(checkpoint, reply.body)
      const why = `HTTP ${reply.status}: ${reply.body.trim().slice(0, 200)}`
      if (reply.status === 422) return { outcome: 'conflict', why }
      if (reply.status !== 409) return { outcome: reply.status < 500 ? 'refused' : 'failed', why }
      const size = reply.body.endsWith('\n') ? fromDecimal(reply.body.slice(0, -1)) : null
      if (size === null) return { outcome: 'failed', why: 'a conflict without a size' }
      if (size > checkpoint.size) return this.#ahead(checkpoint, size)
      from = size
    }
    return { outcome: 'failed', why: `it states another size each of ${MOST_TRIES} times` }
  }

  async #post({ logId, size, note }: StoredCheckpoint, from: number): Promise<PostReply> {
    const { book, post } = this.#options
    const asked = from > 0 && from < size
    const proof = asked ? await book.consistency(logId, from, size) : []
    // Cosignatures that came before are no concern of this witness.
    const body = formatAddCheckpoint({ oldSize: from, proof, note })
    return post(new URL(`${this.#witness.url}/add-checkpoint`), body, WITHIN_MS)
  }

  /** A newer checkpoint of this log may have been cosigned meanwhile; one beyond the log may not. */
  async #ahead({ logId }: StoredCheckpoint, size: number): Promise<Answer> {
    const head = await this.#options.book.logHead(logId)
    const why = `it has cosigned ${size} leaves`
    if (head !== null && size <= head.range.size) return { outcome: 'failed', why }
    return { outcome: 'conflict', why: `${why}, and the log has ${head?.range.size ?? 0}` }
  }

  async #keep({ logId, size, note }: StoredCheckpoint, body: string): Promise<Answer> {
    const { vkey } = this.#witness
    const parsed = parseNote(note)
    const lines = parseSignatures(body)
    const all = lines.ok ? lines.value : []
    const own = all.find(({ name, keyId }) => name === vkey.name && keyId === vkey.keyId)
    if (!parsed.ok || own === undefined) {
      return { outcome: 'refused', why: 'an answer without a cosignature of its key' }
    }
    const good = verifySignature(nodeCrypto, vkey, parsed.value.text, own.signature)
    if (good?.seconds == null)
      return { outcome: 'refused', why: 'a cosignature that is not its own' }
    const line = signatureLine(own)
    const witness = `${vkey.name}+${vkey.keyId}`
    const atMs = this.#options.nowMs()
    await this.#options.book.putCosignature({ logId, size, witness, line, atMs })
    this.#last = { logId, size }
    this.#size = size
    this.#atMs = good.seconds * 1000
    return { outcome: 'cosigned', why: `${size} leaves` }
  }
}

/** Waits, or less when told to stop. */
function sleep(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    timer.unref()
    stop.addEventListener('abort', done, { once: true })
  })
}
