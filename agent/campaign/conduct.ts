import type { Book, Entry } from '../../shared/campaign/book.ts'
import { due } from '../../shared/campaign/due.ts'
import type { Protocol } from '../../shared/campaign/protocol.ts'
import type { Slot } from '../../shared/campaign/slots.ts'
import { utcText } from '../../shared/eligibility/scope.ts'
import type { Result } from '../../shared/result.ts'
import { missed, settled } from './settle.ts'
import { resultName, type Shelf } from './shelf.ts'

export interface ConductParts {
  readonly protocol: Protocol
  readonly protocolSha256: string
  readonly slots: readonly Slot[]
  readonly shelf: Shelf
  readonly nowMs: () => number
  readonly sleep: (ms: number, stop: AbortSignal) => Promise<void>
  /** Measures for so many milliseconds: what the check printed, or why it printed nothing. */
  readonly measure: (durationMs: number, stop: AbortSignal) => Promise<Result<string, string>>
  readonly tell: (event: CampaignEvent) => void
  readonly stop: AbortSignal
}

export type CampaignEvent =
  | { readonly event: 'waiting' | 'measuring'; readonly next: Slot; readonly book: Book }
  | { readonly event: 'measured'; readonly entry: Entry }

/** A host that slept, or a clock that was set, is noticed after this at the latest. */
const STEP_MS = 1000

/**
 * Makes the agreed measurements one after the other until the last is over, and writes down what
 * became of each before the next. What was begun before goes on where it was.
 * @throws Fault STORE, and USAGE where the state is of another protocol
 */
export async function conduct(parts: ConductParts): Promise<Book> {
  const conductor = new Conductor(parts)
  while (await conductor.step());
  return conductor.book
}

class Conductor {
  readonly #parts: ConductParts
  readonly #entries: Map<number, Entry>
  readonly #begunAt: number
  readonly #startedAt: number

  constructor(parts: ConductParts) {
    this.#parts = parts
    const { shelf, protocolSha256, nowMs } = parts
    this.#startedAt = nowMs()
    const kept = shelf.read(protocolSha256)
    shelf.create()
    this.#begunAt = kept?.begunAt ?? this.#startedAt
    this.#entries = new Map((kept?.measurements ?? []).map((one) => [one.from, one]))
    this.#adopt()
  }

  get book(): Book {
    const { protocol, protocolSha256 } = this.#parts
    return {
      ...{ format: 'voip-ready/campaign-state/1', campaign: protocol.id, protocolSha256 },
      begunAt: this.#begunAt,
      measurements: [...this.#entries.values()].sort((a, b) => a.from - b.from),
    }
  }

  /** False: nothing is left to do. */
  async step(): Promise<boolean> {
    const { slots, protocol, stop, tell, sleep, nowMs } = this.#parts
    const over = [...this.#entries.values()].filter(({ state }) => state !== 'running')
    const settledFrom = new Set(over.map(({ from }) => from))
    const { late, next } = due(slots, settledFrom, protocol.tolerance, nowMs())
    if (late.length > 0) this.#settle(late.map((slot) => missed(slot, this.#why(slot), nowMs())))
    if (next === null || stop.aborted) return false
    const waitMs = next.from - nowMs()
    if (waitMs <= 0) await this.#measure(next)
    else {
      tell({ event: 'waiting', next, book: this.book })
      await sleep(Math.min(waitMs, STEP_MS), stop)
    }
    return !stop.aborted
  }

  async #measure(slot: Slot): Promise<void> {
    const { protocol, shelf, measure, tell, stop, nowMs } = this.#parts
    const begun: Entry = {
      ...{ ...slot, state: 'running', why: [], writtenAt: nowMs(), result: null },
    }
    this.#entries.set(slot.from, begun)
    shelf.write(this.book)
    tell({ event: 'measuring', next: slot, book: this.book })
    const printed = await measure(slot.to - nowMs(), stop)
    // Broken off: it may be made anew while that is within what was agreed, and is missed after that.
    if (stop.aborted) return
    if (!printed.ok) return this.#settle([missed(slot, printed.error, nowMs())])
    const entry = settled(protocol, slot, printed.value, nowMs())
    if (entry.result !== null) shelf.keep(entry.result.file, printed.value)
    this.#settle([entry])
  }

  /** A result that was kept, and no longer written into the book, is a result all the same. */
  #adopt(): void {
    const { protocol, shelf, nowMs } = this.#parts
    for (const entry of [...this.#entries.values()].filter(({ state }) => state === 'running')) {
      const { from, to, day, at } = entry
      const text = shelf.result(resultName(entry))
      if (text !== null) this.#settle([settled(protocol, { from, to, day, at }, text, nowMs())])
    }
  }

  #settle(entries: readonly Entry[]): void {
    for (const entry of entries) this.#entries.set(entry.from, entry)
    this.#parts.shelf.write(this.book)
    for (const entry of entries) this.#parts.tell({ event: 'measured', entry })
  }

  #why({ from }: Slot): string {
    const begun = this.#entries.get(from)
    if (begun !== undefined) return brokenOff(begun)
    if (from < this.#begunAt) return `the campaign was begun later, at ${utcText(this.#begunAt)}`
    if (from < this.#startedAt) return 'campaign run was not running'
    return 'this host was busy or asleep, or its clock was set'
  }
}

/** Why a measurement that was begun is missing. */
export function brokenOff({ writtenAt }: Entry): string {
  return `begun at ${utcText(writtenAt)}, and broken off`
}
