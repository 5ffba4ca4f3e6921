import type {
  RECEIPT_PAYLOAD_TYPE,
  SignedReceipt,
  StreamEvidence,
} from '../../shared/record/receipt.ts'
import {
  openWhole,
  STATEMENT_MAX_RANGES,
  type Statement,
  type StatementRange,
} from '../../shared/wire/statement.ts'

const TRIES = 10
const RETRY_NS = 300e6
/** No statement has more; one that says so is no statement. */
const MOST_PARTS = 8
const PAYLOAD_TYPE = 'application/vnd.voip-ready.receipt+json' satisfies typeof RECEIPT_PAYLOAD_TYPE

export type OneSided = StreamEvidence['oneSided']

/** What stands behind a window besides the agent's own word, or why nothing does. */
export interface WindowReceipts {
  readonly receipts: readonly SignedReceipt[]
  readonly oneSided: OneSided
}

/** Gets the signed statement on one window: asks part by part, repeats, and puts it together. */
export class StatementQuest {
  readonly #sessionId: string
  readonly ranges: readonly StatementRange[]
  readonly #ask: (part: number, ranges: readonly StatementRange[]) => void
  readonly #pieces: Uint8Array[] = []
  /** Streams of each range, where not all are of one. */
  readonly #spans: readonly number[] | null
  #tries = 0
  #askedNs = Number.NEGATIVE_INFINITY
  #outcome: WindowReceipts | undefined

  constructor(
    sessionId: string,
    ranges: readonly StatementRange[],
    ask: (part: number, ranges: readonly StatementRange[]) => void,
  ) {
    this.#sessionId = sessionId
    this.ranges = ranges.length > STATEMENT_MAX_RANGES ? spansOf(ranges) : ranges
    const single = this.ranges.every(({ streams }) => streams === undefined)
    this.#spans = single ? null : this.ranges.map(({ streams = 1 }) => streams)
    this.#ask = ask
    if (ranges.length === 0) this.#outcome = oneSided('no-session')
    if (this.ranges.length > STATEMENT_MAX_RANGES) this.#outcome = oneSided('too-large')
  }

  /** What came of it; undefined while it is under way. */
  get outcome(): WindowReceipts | undefined {
    return this.#outcome
  }

  /** Asks for the next part where it is due. */
  tick(nowNs: number): void {
    if (this.#outcome !== undefined || nowNs - this.#askedNs < RETRY_NS) return
    this.#tries += 1
    this.#askedNs = nowNs
    if (this.#tries > TRIES) this.#outcome = oneSided('no-answer')
    else this.#ask(this.#pieces.length, this.ranges)
  }

  /** Takes an answer; what is not about the part asked for changes nothing. */
  take(statement: Statement): void {
    const { sessionId, part, parts, answer, piece } = statement
    if (this.#outcome !== undefined || sessionId !== this.#sessionId) return
    if (answer === 'unsigned') this.#outcome = oneSided('not-offered')
    if (answer === 'too-large' || parts > MOST_PARTS) this.#outcome = oneSided('too-large')
    // A reflector from before spans finds no range in them.
    if (answer === 'forgotten')
      this.#outcome = oneSided(this.#spans === null ? 'forgotten' : 'too-large')
    if (answer !== 'given' || this.#outcome !== undefined) return
    if (part !== this.#pieces.length || piece.length === 0) return
    this.#pieces.push(piece)
    this.#tries = 0
    this.#askedNs = Number.NEGATIVE_INFINITY
    if (this.#pieces.length === parts) this.#outcome = this.#receipt()
  }

  #receipt(): WindowReceipts {
    const opened = openWhole(Buffer.concat(this.#pieces))
    if (!opened.ok) return oneSided('no-answer')
    const { keyid, signature, payload } = opened.value
    if (!this.#isAsked(payload)) return oneSided('no-answer')
    const sig = Buffer.from(signature).toString('base64')
    const receipt: SignedReceipt = {
      payloadType: PAYLOAD_TYPE,
      payload: Buffer.from(payload).toString('base64'),
      signatures: [{ keyid, sig }],
    }
    return { receipts: [receipt], oneSided: null }
  }

  /** True for a statement on exactly what was asked. Whose key it is the parties compare. */
  #isAsked(payload: Uint8Array): boolean {
    try {
      const said = JSON.parse(Buffer.from(payload).toString('utf8')) as {
        readonly session?: unknown
        readonly ranges?: unknown
        readonly streams?: unknown
      }
      const asked = this.ranges.map(({ stream, first, count }) => [stream, first, count])
      const same = JSON.stringify(said.ranges) === JSON.stringify(asked)
      const alike = JSON.stringify(said.streams ?? null) === JSON.stringify(this.#spans)
      return said.session === this.#sessionId && same && alike
    } catch {
      return false
    }
  }
}

/** Streams that follow each other and have one range, as one: calls of a step mostly do. */
function spansOf(ranges: readonly StatementRange[]): StatementRange[] {
  const spans: Required<StatementRange>[] = []
  for (const { stream, first, count } of ranges) {
    const last = spans.at(-1)
    const next = last !== undefined && last.stream + last.streams === stream
    if (next && last.first === first && last.count === count)
      spans.splice(-1, 1, { ...last, streams: last.streams + 1 })
    else spans.push({ stream, streams: 1, first, count })
  }
  return spans
}

/** No receipt, and why. */
export function oneSided(cause: NonNullable<OneSided>): WindowReceipts {
  return { receipts: [], oneSided: cause }
}
