import type { BundleLine } from '../../shared/evidence/bundle.ts'
import { toBase64 } from '../../shared/evidence/octets.ts'
import type { StoredCheckpoint } from '../store/ledger/checkpoints.ts'
import type { BundleAsk } from './ask.ts'
import { leavesOf } from './leaves.ts'
import type { BundleSpan, BundleStore } from './span.ts'

/** Up to this long every record has the first checkpoint over it; longer, one each quarter hour. */
const CLOSE_LOOK_MS = 6 * 3_600_000
const FAR_APART_MS = 15 * 60_000

/**
 * The log from its first leaf to the last checkpoint of the span; what is not shown stands as hashes,
 * cut wherever an agent says that he saw the log (`seen`, sizes), so that the root there comes out.
 */
export function logLines(
  store: BundleStore,
  ask: BundleAsk,
  span: BundleSpan,
  seen: ReadonlySet<number>,
): AsyncGenerator<BundleLine> {
  return new LogWriter(store, ask, span, seen).lines()
}

class LogWriter {
  readonly #store: BundleStore
  readonly #ask: BundleAsk
  readonly #span: BundleSpan
  /** Where agents saw the log, smallest first, those already passed taken off. */
  readonly #cuts: number[]
  /** The next leaf. */
  #at = 0
  #due: StoredCheckpoint | null = null
  #shownMs = 0

  constructor(store: BundleStore, ask: BundleAsk, span: BundleSpan, seen: ReadonlySet<number>) {
    this.#store = store
    this.#ask = ask
    this.#span = span
    this.#cuts = [...seen].sort((a, b) => b - a)
  }

  async *lines(): AsyncGenerator<BundleLine> {
    const { leaves, told, size } = this.#span
    for await (const { shown, leaf } of leavesOf(this.#store, this.#ask.site, leaves)) {
      if (this.#at <= told && shown.index >= told) yield* this.#showUnder(told)
      yield* this.#showDue(shown.index)
      yield* this.#hashesTo(shown.index)
      yield { kind: shown.kind, ...leaf }
      this.#at = shown.index + 1
      if (shown.kind === 'record') await this.#next(shown.index)
    }
    yield* this.#showUnder(size)
  }

  /** The checkpoint of a size, and before it the one that was due. */
  async *#showUnder(size: number): AsyncGenerator<BundleLine> {
    yield* this.#showDue(size - 1)
    if (size === 0) return
    const last = await this.#store.ledger.checkpointUnder(this.#span.log.logId, size)
    if (last !== null) yield* this.#show(last)
  }

  /** Which checkpoint is to be shown next, when none is due already. Those of `told` and `size` come anyway. */
  async #next(index: number): Promise<void> {
    if (this.#due !== null) return
    const { log, told, size } = this.#span
    const apart = this.#ask.toMs - this.#ask.fromMs <= CLOSE_LOOK_MS ? 0 : FAR_APART_MS
    const over = await this.#store.ledger.checkpointOver(log.logId, index)
    if (over === null || over.size === told || over.size >= size) return
    if (over.atMs >= this.#shownMs + apart) this.#due = over
  }

  async *#showDue(end: number): AsyncGenerator<BundleLine> {
    const due = this.#due
    if (due === null || due.size > end) return
    this.#due = null
    this.#shownMs = due.atMs
    yield* this.#show(due)
  }

  async *#show({ size, note }: StoredCheckpoint): AsyncGenerator<BundleLine> {
    yield* this.#hashesTo(size)
    yield { kind: 'checkpoint', size, note }
  }

  async *#hashesTo(end: number): AsyncGenerator<BundleLine> {
    while (this.#at < end) {
      while ((this.#cuts.at(-1) ?? end) <= this.#at) this.#cuts.pop()
      const from = this.#at
      const to = Math.min(end, this.#cuts.at(-1) ?? end)
      const hashes = await this.#store.ledger.parts(this.#span.log.logId, from, to)
      yield { kind: 'hashes', from, to, hashes: toBase64(Buffer.concat(hashes)) }
      this.#at = to
    }
  }
}
