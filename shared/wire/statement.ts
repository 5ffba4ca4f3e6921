import type { Refusal } from '../errors.ts'
import { ok, type Result, refuse } from '../result.ts'
import { CONTROL_HEADER, CONTROL_MAX, MAC_BYTES } from './control.ts'
import { type Field, hex, layout, u8, u16, u32 } from './fields.ts'

/**
 * The reflector's signed word on a window, asked for part by part; asking again gives the very same
 * octets. Every question is as long as a datagram may be, so that no answer is longer.
 *
 * statement-request: 0 | session id, 64 | 8 | part, 8 | 9 | ranges, 8 |
 *                   10 | each range: stream, 16 | first sequence, 32 | count, 32 |
 * the same for more streams than fit one by one, ranges being 0:
 *                   10 | spans, 8 | 11 | each span: stream, 16 | streams, 16 | first sequence, 32 | count, 32 |
 * statement:         0 | session id, 64 | 8 | part, 8 | 9 | parts, 8 | 10 | answer, 8 | 11 | octets, 16 |
 *                   13 | that many octets of the whole
 * the whole:         0 | key id, 64 | 8 | Ed25519 signature, 512 | 72 | payload (DSSE, as signed)
 */
export interface StatementRange {
  readonly stream: number
  /** So many streams, this one the first, have this same range; left out: this one alone. */
  readonly streams?: number
  readonly first: number
  readonly count: number
}
export interface StatementRequest {
  readonly sessionId: string
  readonly part: number
  readonly ranges: readonly StatementRange[]
}

/** Why there is none: later (not complete yet, or asked too often), forgotten (older than its memory). */
export const STATEMENT_ANSWERS = ['given', 'later', 'forgotten', 'too-large', 'unsigned'] as const
export type StatementAnswer = (typeof STATEMENT_ANSWERS)[number]

export interface Statement {
  readonly sessionId: string
  readonly part: number
  readonly parts: number
  readonly answer: StatementAnswer
  readonly piece: Uint8Array
}

export const STATEMENT_BYTES = CONTROL_MAX
/** Most ranges, and most spans, of one request. */
export const STATEMENT_MAX_RANGES = 64
/** Octets of the whole before its payload. */
export const STATEMENT_SEAL = 72
const BODY = CONTROL_MAX - CONTROL_HEADER - MAC_BYTES

const requestHead = layout<{ sessionId: string; part: number; ranges: number }>({
  sessionId: hex(8),
  part: u8,
  ranges: u8,
})
const range = layout<StatementRange>({ stream: u16, first: u32, count: u32 })
const span = layout<Required<StatementRange>>({ stream: u16, streams: u16, first: u32, count: u32 })
const head = layout<{
  sessionId: string
  part: number
  parts: number
  answer: number
  octets: number
}>({ sessionId: hex(8), part: u8, parts: u8, answer: u8, octets: u16 })

/** Most octets of the whole in one answer. */
export const STATEMENT_PIECE = BODY - head.bytes

export const statementRequestBody: Field<StatementRequest> = {
  bytes: BODY,
  read: (view, at) => {
    const { sessionId, part, ranges } = requestHead.read(view, at)
    const from = at + requestHead.bytes
    const [count, each, first] =
      ranges > 0 ? [ranges, range, from] : [u8.read(view, from), span, from + u8.bytes]
    return {
      ...{ sessionId, part },
      ranges: Array.from({ length: Math.min(count, STATEMENT_MAX_RANGES) }, (_, i) =>
        each.read(view, first + i * each.bytes),
      ),
    }
  },
  write: (view, at, { sessionId, part, ranges }) => {
    const from = at + requestHead.bytes
    const single = ranges.every(({ streams }) => streams === undefined)
    requestHead.write(view, at, { sessionId, part, ranges: single ? ranges.length : 0 })
    if (single) {
      for (const [i, one] of ranges.entries()) range.write(view, from + i * range.bytes, one)
      return
    }
    u8.write(view, from, ranges.length)
    for (const [i, one] of ranges.entries())
      span.write(view, from + u8.bytes + i * span.bytes, { streams: 1, ...one })
  },
}

export const statementBody: Field<Statement> = {
  bytes: BODY,
  read: (view, at) => {
    const { sessionId, part, parts, answer, octets } = head.read(view, at)
    const length = Math.min(octets, STATEMENT_PIECE)
    const from = view.byteOffset + at + head.bytes
    return {
      ...{ sessionId, part, parts },
      answer: STATEMENT_ANSWERS[answer] ?? 'unsigned',
      piece: new Uint8Array(view.buffer, from, length).slice(),
    }
  },
  write: (view, at, { sessionId, part, parts, answer, piece }) => {
    const octets = piece.length
    const code = STATEMENT_ANSWERS.indexOf(answer)
    head.write(view, at, { sessionId, part, parts, answer: code, octets })
    new Uint8Array(view.buffer, view.byteOffset + at + head.bytes, octets).set(piece)
  },
}

/** The parts of a whole put together: key id, signature and payload; refused when it is too short. */
export function openWhole(
  whole: Uint8Array,
): Result<
  { readonly keyid: string; readonly signature: Uint8Array; readonly payload: Uint8Array },
  Refusal
> {
  if (whole.length <= STATEMENT_SEAL) return refuse({ code: 'truncated', offset: whole.length })
  const view = new DataView(whole.buffer, whole.byteOffset, whole.length)
  return ok({
    keyid: hex(8).read(view, 0),
    signature: whole.subarray(8, STATEMENT_SEAL),
    payload: whole.subarray(STATEMENT_SEAL),
  })
}
