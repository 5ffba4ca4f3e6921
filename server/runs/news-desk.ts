import { toBase64 } from '../../shared/evidence/octets.ts'
import type { News } from '../../shared/plan/news.ts'
import type { Ledger, LedgerState } from '../ledger/ledger.ts'
import type { HistoryBook } from '../store/history/book.ts'
import { Remembered } from './remembered.ts'

export interface NewsParts {
  /** Null where this collector keeps no ledger. */
  readonly ledger: Pick<Ledger, 'state' | 'book'> | null
  readonly history: Pick<HistoryBook, 'pins' | 'pinnedSites'>
  readonly monotonicMs: () => number
}

/** Pins that an agent is told of at most: the newest. */
const MOST_PINS = 100
const STATE_MS = 1000
const PINNED_MS = 5000
/** Agents hold one of the last few checkpoints, and all ask for the proof from there to the newest. */
const MOST_PROOFS = 64

/** Times of a site whose raw rows are to be kept and brought. */
export async function openPins(history: Pick<HistoryBook, 'pins'>, site: string) {
  const pins = await history.pins(site)
  return pins
    .filter(({ releasedMs }) => releasedMs === null)
    .slice(-MOST_PINS)
    .map(({ fromMs, toMs }) => ({ from: fromMs, to: toMs }))
}

/** What agents are told with the answer to their question for work: mostly the same for all of them. */
export class NewsDesk {
  readonly #parts: NewsParts
  readonly #state: Remembered<LedgerState | null>
  readonly #pinned: Remembered<ReadonlySet<string>>
  readonly #proofs = new Map<string, Promise<readonly Uint8Array[]>>()

  constructor(parts: NewsParts) {
    this.#parts = parts
    const { ledger, history, monotonicMs } = parts
    const state = () => ledger?.state() ?? Promise.resolve(null)
    this.#state = new Remembered(STATE_MS, monotonicMs, state)
    const pinned = async () => new Set(await history.pinnedSites())
    this.#pinned = new Remembered(PINNED_MS, monotonicMs, pinned)
  }

  /** @param size of the log as the agent holds it; 0: it holds none */
  async of(site: string, size: number): Promise<News> {
    const [state, pinned] = await Promise.all([this.#state.get(), this.#pinned.get()])
    const pins = pinned.has(site) ? await openPins(this.#parts.history, site) : []
    if (state === null || state.checkpoint === null) return { pins, log: null }
    const { note, size: to } = state.checkpoint
    const proof = await this.#proof(state.logId, size, to)
    return { pins, log: { checkpoint: note, proof } }
  }

  /** Null where none is needed, or none is to be had: then the agent asks for it, and is told why. */
  async #proof(logId: string, from: number, to: number) {
    const { ledger } = this.#parts
    if (ledger === null || from < 1 || from >= to) return null
    const key = `${logId} ${from} ${to}`
    const asked = this.#proofs.get(key) ?? ledger.book.consistency(logId, from, to)
    this.#proofs.set(key, asked)
    const [oldest] = this.#proofs.keys()
    if (this.#proofs.size > MOST_PROOFS && oldest !== undefined) this.#proofs.delete(oldest)
    try {
      return { from, to, hashes: (await asked).map(toBase64) }
    } catch {
      this.#proofs.delete(key)
      return null
    }
  }
}
