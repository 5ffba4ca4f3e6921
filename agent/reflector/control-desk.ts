import {
  type ControlHeader,
  type ControlType,
  controlBytes,
  decodeControlHeader,
  encodeControl,
  openControl,
} from '../../shared/wire/control.ts'
import type { Field } from '../../shared/wire/fields.ts'
import {
  NO_RESPONDER,
  PORTS_BYTES,
  type PortsAnswer,
  portsAnswerBody,
  portsQuestionBody,
} from '../../shared/wire/port-talk.ts'
import {
  receiptBody,
  receiptBytes,
  receiptCount,
  receiptRequestBody,
} from '../../shared/wire/receipt.ts'
import {
  aliveBody,
  closedBody,
  SESSION_NAME_BYTES,
  sessionNameBody,
} from '../../shared/wire/session-keep.ts'
import {
  acceptBody,
  challengeBody,
  NO_TOKEN,
  OPEN_BYTES,
  type Open,
  openBody,
  type RefusedReason,
  refusedBody,
} from '../../shared/wire/session-open.ts'
import {
  STATEMENT_BYTES,
  statementBody,
  statementRequestBody,
} from '../../shared/wire/statement.ts'
import type { Peer } from '../engine/types.ts'
import { negotiate } from './bounds.ts'
import type { CounterName } from './counters.ts'
import type { DeskSetup, Question } from './desk-setup.ts'
import type { KnownKey } from './keys.ts'
import { makeSession } from './make-session.ts'
import { slotOf, tokenFor, tokenIsFresh } from './open-token.ts'
import { receiptOf } from './receipts.ts'
import type { Session } from './session.ts'
import { sessionOf, unknownFor } from './session-of.ts'
import { answerOf } from './statements.ts'

/** Answers control messages: bytes in, bytes or silence out. Sockets and clocks stay outside. */
export class ControlDesk {
  readonly #setup: DeskSetup
  readonly #tokenSecret: Uint8Array
  #keys: ReadonlyMap<string, KnownKey> = new Map()

  constructor(setup: DeskSetup) {
    this.#setup = setup
    this.#tokenSecret = setup.random(32)
  }

  /** Takes a new set of keys; sessions of keys that are revoked or gone end now. */
  setKeys(keys: readonly KnownKey[], nowNs: number): void {
    this.#keys = new Map(keys.map((key) => [key.id, key]))
    const { table, counters } = this.#setup
    counters.revoked += table.sweep(nowNs, (session) => {
      const key = this.#keys.get(session.identity.keyId)
      return key === undefined || key.revoked
    })
  }

  /** The answer to one datagram, never longer than it; undefined is silence, and counted. */
  answer(datagram: Uint8Array, peer: Peer, nowNs: number): Uint8Array | undefined {
    const header = decodeControlHeader(datagram)
    if (!header.ok) return this.#drop('drop-malformed')
    const key = this.#keys.get(header.value.keyId)
    if (key === undefined) return this.#drop('drop-unknown-key')
    const question: Question = { datagram, header: header.value, key, peer, nowNs }
    switch (header.value.type) {
      case 'open':
        return this.#open(question)
      case 'keep-alive':
        return this.#keepAlive(question)
      case 'close':
        return this.#close(question)
      case 'receipt-request':
        return this.#receipt(question)
      case 'statement-request':
        return this.#statement(question)
      case 'ports-question':
        return this.#ports(question)
      default:
        return this.#drop('drop-malformed')
    }
  }

  #open(question: Question): Uint8Array | undefined {
    const open = this.#read(question, openBody, OPEN_BYTES)
    if (open === undefined) return undefined
    if (question.key.revoked) return this.#refuse(question, 'revoked-key', 0)
    const { peer, nowNs, key } = question
    const { hash, bootId, table } = this.#setup
    if (open.token === NO_TOKEN) {
      const token = tokenFor(peer, key.id, open.nonce, slotOf(nowNs), this.#tokenSecret, hash)
      return this.#say(question, 'challenge', challengeBody, { token, bootId })
    }
    if (!tokenIsFresh(open.token, peer, key.id, open.nonce, nowNs, this.#tokenSecret, hash))
      return this.#drop('drop-bad-token')
    const used = table.byToken(open.token)
    if (used === undefined) return this.#admit(question, open)
    // The accept was lost and the agent asks again: the same session, not another one.
    const session = table.byId(used)
    return session === undefined
      ? this.#drop('drop-replayed-open')
      : this.#accept(question, session)
  }

  #admit(question: Question, open: Open): Uint8Array | undefined {
    const { bounds, table, counters } = this.#setup
    const negotiated = negotiate(open, bounds, table.usage(question.key.id))
    if (!negotiated.ok) return this.#refuse(question, negotiated.reason, negotiated.limit)
    const slot = table.freeSlot()
    if (slot < 0) return this.#refuse(question, 'sessions', bounds.sessions)
    const session = makeSession(this.#setup, question, open, slot, negotiated.granted)
    table.add(session, question.nowNs)
    counters.opened += 1
    return this.#accept(question, session)
  }

  #accept(question: Question, { identity }: Session): Uint8Array {
    const { bootId, capabilities, statements } = this.#setup
    return this.#say(question, 'accept', acceptBody, {
      sessionId: identity.id,
      bootId,
      ssrcBase: identity.ssrcBase,
      ...identity.granted,
      egressTos: capabilities.setTos ? identity.tos : 0,
      capabilities: statements === null ? capabilities : { ...capabilities, signsReceipts: true },
    })
  }

  #keepAlive(question: Question): Uint8Array | undefined {
    const name = this.#read(question, sessionNameBody, SESSION_NAME_BYTES)
    if (name === undefined) return undefined
    const session = sessionOf(this.#setup.table, question, name.sessionId)
    if (session === undefined) return this.#refuseUnknown(question, name.sessionId)
    session.endsNs = question.nowNs + session.identity.granted.lifetimeSeconds * 1e9
    return this.#say(question, 'alive', aliveBody, {
      bootId: this.#setup.bootId,
      lifetimeSeconds: session.identity.granted.lifetimeSeconds,
    })
  }

  #close(question: Question): Uint8Array | undefined {
    const name = this.#read(question, sessionNameBody, SESSION_NAME_BYTES)
    if (name === undefined) return undefined
    const { table, counters } = this.#setup
    const session = sessionOf(table, question, name.sessionId)
    if (session !== undefined) table.remove(session)
    if (session !== undefined) counters.closed += 1
    return this.#say(question, 'closed', closedBody, { bootId: this.#setup.bootId })
  }

  #receipt(question: Question): Uint8Array | undefined {
    const count = receiptCount(question.datagram)
    if (!count.ok) return this.#drop('drop-malformed')
    const bytes = receiptBytes(count.value)
    const request = this.#read(question, receiptRequestBody, bytes)
    if (request === undefined) return undefined
    const session = sessionOf(this.#setup.table, question, request.sessionId)
    if (session === undefined) return this.#refuseUnknown(question, request.sessionId)
    if (request.stream >= session.identity.granted.streams)
      return this.#refuse(question, 'bad-parameters', session.identity.granted.streams)
    this.#setup.counters.receipts += 1
    const receipt = receiptOf(session, request, this.#setup.standing())
    return this.#say(question, 'receipt', receiptBody(count.value), receipt, bytes)
  }

  #statement(question: Question): Uint8Array | undefined {
    const request = this.#read(question, statementRequestBody, STATEMENT_BYTES)
    if (request === undefined) return undefined
    const session = sessionOf(this.#setup.table, question, request.sessionId)
    if (session === undefined) return this.#refuseUnknown(question, request.sessionId)
    const said = answerOf(this.#setup.statements, session, request, question.nowNs)
    if (said.answer === 'given') this.#setup.counters.statements += 1
    return this.#say(question, 'statement', statementBody, said, STATEMENT_BYTES)
  }

  #ports(question: Question): Uint8Array | undefined {
    const asked = this.#read(question, portsQuestionBody, PORTS_BYTES)
    if (asked === undefined) return undefined
    if (question.key.revoked) return this.#refuse(question, 'revoked-key', 0)
    const { askResponder } = this.#setup
    if (askResponder === null)
      return this.#say(question, 'ports-answer', portsAnswerBody, NO_RESPONDER)
    const { address, port, local } = question.peer
    const of = { keyId: question.key.id, peer: { address, port, local } }
    askResponder({ ...of, question: asked }, question.header)
    return undefined
  }

  /** Seals what the responder said; undefined when the key has gone meanwhile. */
  portsAnswer(header: ControlHeader, answer: PortsAnswer): Uint8Array | undefined {
    const key = this.#keys.get(header.keyId)
    if (key === undefined) return undefined
    return this.#say({ header, key }, 'ports-answer', portsAnswerBody, answer)
  }

  /** The body, or silence: a digest that fails is counted apart from a length that is wrong. */
  #read<T>(question: Question, body: Field<T>, bytes: number): T | undefined {
    if (question.datagram.length !== bytes) return this.#drop('drop-malformed')
    const value = openControl(question.datagram, body, question.key.secret, this.#setup.hash)
    return value.ok ? value.value : this.#drop('drop-bad-mac')
  }

  #refuseUnknown(question: Question, id: string): Uint8Array {
    return this.#refuse(question, ...unknownFor(this.#setup.table, question, id))
  }

  #refuse(question: Question, reason: RefusedReason, limit: number): Uint8Array {
    this.#setup.counters.refused += 1
    return this.#say(question, 'refused', refusedBody, {
      reason,
      limit,
      bootId: this.#setup.bootId,
    })
  }

  #say<T>(
    question: Pick<Question, 'header' | 'key'>,
    type: ControlType,
    body: Field<T>,
    value: T,
    bytes?: number,
  ) {
    const header = { ...question.header, type }
    const { secret } = question.key
    return encodeControl(header, body, value, bytes ?? controlBytes(body), secret, this.#setup.hash)
  }

  #drop(name: CounterName): undefined {
    this.#setup.counters[name] += 1
    return undefined
  }
}
