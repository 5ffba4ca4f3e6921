import type { Signer } from '../../shared/evidence/crypto.ts'
import { keyIdOf, signPayload } from '../../shared/evidence/dsse.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import {
  firstAndLast,
  octetsSeen,
  runningOf,
  sentToArrived,
} from '../../shared/measure/arrival-figures.ts'
import { type ArrivalRows, encodeArrivalRows } from '../../shared/measure/raw-rows.ts'
import type { RECEIPT_PAYLOAD_TYPE, ReceiptStatement } from '../../shared/record/receipt.ts'
import {
  STATEMENT_PIECE,
  STATEMENT_SEAL,
  type Statement,
  type StatementAnswer,
  type StatementRange,
  type StatementRequest,
} from '../../shared/wire/statement.ts'
import { HISTORY } from './bounds.ts'
import type { ReflectorStanding } from './receipts.ts'
import type { Session } from './session.ts'
import { isTooMuch, singly } from './statement-ranges.ts'
import { TokenBucket } from './token-bucket.ts'

const PAYLOAD_TYPE = 'application/vnd.voip-ready.receipt+json' satisfies typeof RECEIPT_PAYLOAD_TYPE
/** Signatures a second: each takes the packet path half a millisecond of a call's minute. */
const PER_SECOND = 100
const AT_ONCE = 20
/** A range is complete when so many later packets came, or nothing did for so long. */
const PACKETS_AFTER = 25
const QUIET_NS = 500e6
/** As base64 in an envelope it must stay within 8192 characters. */
const MOST_PAYLOAD = 6000
const REMEMBERED = 4

export interface StatementMeans {
  readonly signer: Signer
  readonly name: string
  readonly version: string
  readonly baseSeconds: number
  /** Milliseconds since 1970 by this host's clock. */
  readonly nowMs: () => number
  readonly standing: () => ReflectorStanding
  /** Raw rows under a digest that was just signed, for who keeps them. */
  readonly onRows: (rows: SignedRows) => void
}

/** Raw rows, and whose they are. */
export interface SignedRows {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly sha256: string
  readonly rows: number
  readonly session: string
  /** Name of the access key that opened the session. */
  readonly key: string
  /** First and last arrival, milliseconds since 1970; null: none. */
  readonly from: number | null
  readonly to: number | null
}

interface Given {
  readonly name: string
  readonly whole: Uint8Array
}

/** Signs what the reflector itself counted of a window: once for each range, the same for ever after. */
export class Statements {
  readonly #means: StatementMeans
  readonly #rate: TokenBucket
  readonly #given = new WeakMap<Session, Given[]>()
  readonly #steps = new WeakMap<Session, number>()
  readonly #last = new WeakMap<Session, string>()
  readonly #keyid: Uint8Array

  constructor(means: StatementMeans, nowNs: number) {
    this.#means = means
    this.#rate = new TokenBucket(PER_SECOND, AT_ONCE, nowNs)
    this.#keyid = Buffer.from(keyIdOf(means.signer.publicKey, nodeCrypto), 'hex')
  }

  /** One part of the statement on these ranges, or why there is none. */
  answer(session: Session, request: StatementRequest, nowNs: number): Statement {
    const whole = this.#whole(session, request.ranges, nowNs)
    const { sessionId, part } = request
    if (typeof whole === 'string') return noStatement(request, whole)
    const from = part * STATEMENT_PIECE
    return {
      ...{ sessionId, part, answer: 'given' },
      parts: Math.ceil(whole.length / STATEMENT_PIECE),
      piece: whole.subarray(from, from + STATEMENT_PIECE),
    }
  }

  #whole(
    session: Session,
    ranges: readonly StatementRange[],
    nowNs: number,
  ): Uint8Array | StatementAnswer {
    const name = JSON.stringify(ranges)
    const given = this.#given.get(session) ?? []
    const known = given.find((one) => one.name === name)
    if (known !== undefined) return known.whole
    const objection = objectionTo(session, singly(ranges), nowNs)
    if (objection !== undefined) return objection
    if (!this.#rate.take(nowNs)) return 'later'
    const whole = this.#sign(session, ranges)
    if (whole === undefined) return 'too-large'
    this.#given.set(session, [...given.slice(1 - REMEMBERED), { name, whole }])
    return whole
  }

  #sign(session: Session, ranges: readonly StatementRange[]): Uint8Array | undefined {
    const statement = this.#statement(session, ranges)
    const payload = Buffer.from(JSON.stringify(statement))
    if (payload.length > MOST_PAYLOAD) return undefined
    this.#last.set(session, Buffer.from(nodeCrypto.sha256(payload)).toString('hex'))
    for (const { stream, first, count } of singly(ranges)) session.seal(stream, first + count)
    const whole = new Uint8Array(STATEMENT_SEAL + payload.length)
    whole.set(this.#keyid)
    whole.set(signPayload(this.#means.signer, PAYLOAD_TYPE, payload), this.#keyid.length)
    whole.set(payload, STATEMENT_SEAL)
    return whole
  }

  #statement(session: Session, ranges: readonly StatementRange[]): ReceiptStatement {
    const { identity } = session
    const counts = { expected: 0, received: 0, duplicated: 0, reordered: 0, replied: 0 }
    for (const { stream, first, count } of singly(ranges)) {
      const found = session.range(stream, first, count)
      counts.expected += count
      counts.received += found.received
      counts.duplicated += found.duplicates
      counts.reordered += found.reordered
      counts.replied += found.replied
    }
    return {
      format: 'voip-ready/receipt/1',
      reflector: this.#means.name,
      session: identity.id,
      previous: this.#last.get(session) ?? null,
      ssrc: identity.ssrcBase,
      peer: { address: identity.peer.address, port: identity.peer.port },
      ranges: ranges.map(({ stream, first, count }) => [stream, first, count]),
      ...(ranges.some(({ streams }) => streams !== undefined)
        ? { streams: ranges.map(({ streams = 1 }) => streams) }
        : {}),
      ...counts,
      ...this.#seen(session, ranges, counts.received),
      clock: this.#clock(session),
      version: this.#means.version,
    }
  }

  /** What the packets' own rows tell; larger sessions have counts only. */
  #seen(session: Session, ranges: readonly StatementRange[], received: number) {
    const { baseSeconds, onRows } = this.#means
    const kept: ArrivalRows[] = []
    const single = session.rows === null ? ranges : [...singly(ranges)]
    for (const { stream, first, count } of single) {
      const rows = session.rows?.rows(baseSeconds, stream, first, count)
      if (rows) kept.push(rows)
    }
    const none = { seen: [], unseen: received }
    const unknown = { firstArrival: null, lastArrival: null, jitter: null, delay: null, rows: null }
    // Where no arrival tells when it was, that is said: it must not serve for another time.
    const at = Math.round(this.#means.nowMs())
    if (kept.length < single.length) return { ...unknown, tos: none, ttl: none, at }
    const bytes = encodeArrivalRows(kept)
    const sha256 = Buffer.from(nodeCrypto.sha256(bytes)).toString('hex')
    const span = firstAndLast(kept)
    const rows = kept.reduce((sum, { count }) => sum + count, 0)
    const { id, keyId } = session.identity
    const [from, to] = [span.firstArrival, span.lastArrival]
    onRows({ bytes, sha256, rows, session: id, key: keyId, from, to })
    return {
      firstArrival: span.firstArrival,
      lastArrival: span.lastArrival,
      jitter: runningOf(kept),
      delay: sentToArrived(kept),
      tos: octetsSeen(kept, 'tos'),
      ttl: octetsSeen(kept, 'ttl'),
      rows: { sha256, rows },
      ...(from === null ? { at } : {}),
    }
  }

  /** Steps since this session's statement before, or since it opened. */
  #clock(session: Session): ReceiptStatement['clock'] {
    const { clock, clockSteps } = this.#means.standing()
    const before = this.#steps.get(session) ?? session.identity.before.clockSteps
    this.#steps.set(session, clockSteps)
    const { synchronised, maxErrorNs, source } = clock
    const maxErrorMs = maxErrorNs === null ? null : maxErrorNs / 1e6
    return { synchronised, maxErrorMs, source, steps: Math.max(0, clockSteps - before) }
  }
}

/** The answer of a reflector, with a key or without one. A range that the session cannot have is `forgotten`. */
export function answerOf(
  statements: Statements | null,
  session: Session,
  request: StatementRequest,
  nowNs: number,
): Statement {
  const { ranges } = request
  const { streams } = session.identity.granted
  const strange = ({ stream, streams: alike = 1, count }: StatementRange) =>
    stream + alike > streams || alike === 0 || count === 0
  if (statements === null) return noStatement(request, 'unsigned')
  if (ranges.length === 0 || ranges.some(strange)) return noStatement(request, 'forgotten')
  if (isTooMuch(ranges, streams)) return noStatement(request, 'too-large')
  return statements.answer(session, request, nowNs)
}

/** An answer without a statement. */
function noStatement(request: StatementRequest, answer: StatementAnswer): Statement {
  const { sessionId, part } = request
  return { sessionId, part, parts: 0, answer, piece: new Uint8Array(0) }
}

function objectionTo(
  session: Session,
  ranges: Iterable<StatementRange>,
  nowNs: number,
): StatementAnswer | undefined {
  const quiet = nowNs - session.lastPacketNs >= QUIET_NS
  for (const { stream, first, count } of ranges) {
    if (!session.remembers(stream, first) || count > HISTORY) return 'forgotten'
    if (!quiet && session.highest(stream) < first + count - 1 + PACKETS_AFTER) return 'later'
  }
  return undefined
}
