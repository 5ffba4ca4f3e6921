import type { ReceiptCounts } from '../../shared/measure/rows.ts'
import {
  CLOCK_ADJTIMEX,
  CLOCK_SYNCHRONISED,
  EGRESS_PROOFS,
  OVERFLOWS_UNKNOWN,
  type Receipt,
  type ReceiptHead,
} from '../../shared/wire/receipt.ts'
import type { ReflectorState } from './types.ts'

/**
 * Sequence numbers per request: whole octets of bitmap, well under one datagram, and less than half of
 * what a reflector remembers of a stream.
 */
export const CHUNK = 8000
const TRIES = 8
const RETRY_NS = 300e6
/** Requests in flight: what a reflector's socket buffer certainly holds. */
const IN_FLIGHT = 32

interface Request {
  readonly stream: number
  readonly firstSequence: number
  readonly count: number
  tries: number
  sentNs: number
  receipt: Receipt | undefined
  /** The reflector no longer remembers the range. */
  forgotten: boolean
}

export interface ReceiptRange {
  readonly firstSequence: number
  readonly count: number
}

/** Gets the receipts of one window: asks, repeats, and puts the parts of a stream together. */
export class ReceiptQuest {
  /** Per stream its parts; and all of them in one line. */
  readonly #parts: readonly (readonly Request[])[]
  readonly #requests: readonly Request[]
  readonly #byName: Map<string, Request>
  readonly #ask: (stream: number, firstSequence: number, count: number) => void
  readonly #tries: number
  #done = 0
  #next = 0
  newest: ReceiptHead | undefined

  /**
   * @param ranges one per stream
   * @param before a quest whose answers count here as well
   * @param tries how often each part is asked for
   */
  constructor(
    ranges: readonly ReceiptRange[],
    ask: (stream: number, firstSequence: number, count: number) => void,
    before?: ReceiptQuest,
    tries: number = TRIES,
  ) {
    this.#ask = ask
    this.#tries = tries
    this.#parts = ranges.map(({ firstSequence, count }, stream) =>
      Array.from({ length: Math.ceil(count / CHUNK) }, (_, i) => ({
        stream,
        firstSequence: firstSequence + i * CHUNK,
        count: Math.min(CHUNK, count - i * CHUNK),
        tries: 0,
        sentNs: Number.NEGATIVE_INFINITY,
        receipt: undefined,
        forgotten: false,
      })),
    )
    this.#requests = this.#parts.flat()
    this.#byName = new Map(this.#requests.map((request) => [nameOf(request), request]))
    for (const [name, request] of this.#byName) {
      request.receipt = before?.answerTo(name)
      if (request.receipt !== undefined) this.#done += 1
    }
  }

  /** The receipt of a part, as far as it came. */
  answerTo(name: string): Receipt | undefined {
    return this.#byName.get(name)?.receipt
  }

  /** True when the reflector no longer knows what came of some part. */
  get forgotten(): boolean {
    return this.#requests.some((request) => request.forgotten)
  }

  /** True when every part has come or been given up. */
  get finished(): boolean {
    return this.#done === this.#requests.length
  }

  /**
   * Asks for what is due and not yet there.
   * @param upTo per stream: the sequence number from which on it is too early; left out: it is not
   */
  tick(nowNs: number, upTo: (stream: number) => number = () => Number.POSITIVE_INFINITY): void {
    let inFlight = 0
    for (let i = this.#next; i < this.#requests.length && inFlight < IN_FLIGHT; i++) {
      const request = this.#requests[i]!
      if (isSettled(request) || request.tries > this.#tries) {
        if (i === this.#next) this.#next += 1
        continue
      }
      if (request.firstSequence + request.count > upTo(request.stream)) continue
      inFlight += 1
      if (nowNs - request.sentNs < RETRY_NS) continue
      request.tries += 1
      request.sentNs = nowNs
      if (request.tries > this.#tries) this.#done += 1
      else this.#ask(request.stream, request.firstSequence, request.count)
    }
  }

  /**
   * Takes a receipt; false where it is not one of these. Asked twice and answered twice counts once.
   * @param known false: it is of what the reflector has forgotten, and tells of the reflector alone
   */
  take(receipt: Receipt, known: boolean): boolean {
    const request = this.#byName.get(nameOf(receipt))
    if (request === undefined) return false
    if (!isSettled(request) && request.tries <= this.#tries) {
      if (known) request.receipt = receipt
      else request.forgotten = true
      this.newest = receipt
      this.#done += 1
    }
    return true
  }

  /** The receipt of a stream; null unless every part of it came. */
  of(stream: number): ReceiptCounts | null {
    const parts = this.#parts[stream] ?? []
    const receipts = parts.flatMap((part) => (part.receipt === undefined ? [] : [part.receipt]))
    const first = receipts[0]
    if (first === undefined || receipts.length < parts.length) return null
    const sum = (pick: (receipt: Receipt) => number): number =>
      receipts.reduce((total, receipt) => total + pick(receipt), 0)
    return {
      firstSequence: first.firstSequence,
      count: sum((r) => r.count),
      received: sum((r) => r.received),
      duplicates: sum((r) => r.duplicates),
      reordered: sum((r) => r.reordered),
      replied: sum((r) => r.replied),
      receivedBitmap: Uint8Array.from(receipts.flatMap((r) => [...r.receivedBitmap])),
    }
  }
}

function isSettled({ receipt, forgotten }: Request): boolean {
  return receipt !== undefined || forgotten
}

function nameOf({
  stream,
  firstSequence,
  count,
}: ReceiptRange & { readonly stream: number }): string {
  return `${stream} ${firstSequence} ${count}`
}

/** What a reflector has counted since its session opened. */
export type ReflectorCounts = Pick<ReflectorState, 'clockSteps' | 'receiveOverflows'>

export function countsOf({ clockSteps, receiveOverflows }: ReceiptHead): ReflectorCounts {
  const unknown = receiveOverflows === OVERFLOWS_UNKNOWN
  return { clockSteps, receiveOverflows: unknown ? -1 : receiveOverflows }
}

/** The reflector's word on itself, from the newest receipt; `counts` are those of one window. */
export function reflectorStateOf(head: ReceiptHead, counts: ReflectorCounts): ReflectorState {
  const maxErrorNs = Number.isNaN(head.clockMaxErrorNs) ? null : head.clockMaxErrorNs
  return {
    capabilities: head.capabilities,
    clock: {
      synchronised: (head.clockFlags & CLOCK_SYNCHRONISED) !== 0,
      maxErrorNs,
      source: head.clockFlags & CLOCK_ADJTIMEX ? 'adjtimex' : 'none',
    },
    ...counts,
    egressTos: head.egressTos,
    egressProof: EGRESS_PROOFS[head.egressProof] ?? 'none',
  }
}
