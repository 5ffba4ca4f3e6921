import type { Log } from '../log.ts'
import type { Backlog, Choice } from './backlog.ts'
import { backoffMs, retryAfterMs } from './backoff.ts'
import { isKept, type LineWord, makeBatch, wordsOf } from './batch.ts'
import { sha256 } from './chain.ts'
import { describe, fateOf, NEVER, TOKEN } from './fate.ts'
import type { Answer, Poster } from './post.ts'
import type { Spool } from './spool.ts'
import { tellApart, tellDamaged, tellFailure, tellTaken } from './telling.ts'

export interface DeliveryParts {
  readonly spool: Spool
  readonly poster: Poster
  /** Read before every try, so that a renewed token file works without a restart. */
  readonly readToken: () => string | null
  readonly log: Log
  readonly random: () => number
  readonly nowMs: () => number
}

/** Pause between two records of a backlog, so that live ones and other agents get their turn. */
const BACKLOG_PAUSE_MS = 50

/** What one try leaves: failures in a row, and how long to wait before the next, milliseconds. */
export interface Next {
  readonly failures: number
  readonly waitMs: number
}

/** A spool that cannot be read or cleaned just now must not end the loop: nothing is lost by waiting. */
export async function deliverOrExplain(
  parts: DeliveryParts,
  choice: Choice,
  failures: number,
  backlog: Backlog,
): Promise<Next> {
  try {
    if (typeof choice === 'string') {
      backlog.sentOne(choice)
      return await deliver(parts, choice, failures, backlog)
    }
    return await deliverBatch(parts, choice, failures, backlog)
  } catch (error) {
    const waitMs = backoffMs(failures + 1, parts.random())
    parts.log.error('the spool cannot be read or cleaned', { why: (error as Error).message })
    return { failures: failures + 1, waitMs }
  }
}

/** A word on a whole batch that is about a record's bytes decides nothing: each then goes alone. */
async function deliverBatch(
  parts: DeliveryParts,
  choice: readonly string[],
  failures: number,
  backlog: Backlog,
): Promise<Next> {
  const { spool, log } = parts
  const batch = await makeBatch(spool, choice, (name) => tellDamaged(log, name))
  if (batch.names.length === 0) return { failures, waitMs: 0 }
  const answer = await sendOnce(parts, batch.packed, 'batch')
  const fate = fateOf(answer)
  if (fate === 'never') {
    backlog.goSingly(batch.names.length, answer.kind === 'answered' && answer.status === 415)
    return { failures, waitMs: 0 }
  }
  if (fate === 'token') return refused(parts, batch.names, answer, failures, backlog)
  if (fate !== 'delivered') return failed(parts, answer, failures)
  const words = answer.kind === 'answered' ? wordsOf(answer.body, batch.digests) : null
  if (words === null) {
    backlog.goSingly(batch.names.length, false)
    return { failures, waitMs: 0 }
  }
  return settleLines(parts, batch.names, words, failures, backlog)
}

/** Does what the collector said of each line. */
function settleLines(
  parts: DeliveryParts,
  names: readonly string[],
  words: readonly LineWord[],
  failures: number,
  backlog: Backlog,
): Next {
  const those = (wanted: (status: number) => boolean) =>
    names.filter((_, at) => wanted(words[at]?.status ?? 0))
  // A record is set aside for good only on a word about it alone: then each goes once more by itself.
  if (words.some(({ status }) => NEVER.has(status))) backlog.goSingly(names.length, false)
  const taken = those((status) => status === 200)
  for (const name of taken) leave(parts, name, backlog)
  const senders = those((status) => TOKEN.has(status))
  const first = words.find(({ status }) => TOKEN.has(status))
  if (first !== undefined) refused(parts, senders, asAnswer(first), failures, backlog)
  if (taken.length > 0 && failures > 0) tellTaken(parts)
  const stayed = those((status) => status !== 200 && !NEVER.has(status) && !TOKEN.has(status))
  if (stayed.length === 0) return { failures: 0, waitMs: pauseOf(parts.spool) }
  backlog.park(stayed)
  return stayedBehind(parts, words, failures, backlog)
}

/** Lines that stay are asked about again once everything else has had its turn. */
function stayedBehind(
  parts: DeliveryParts,
  words: readonly LineWord[],
  failures: number,
  backlog: Backlog,
): Next {
  if (backlog.next(parts.spool.pending).length > 0) return { failures, waitMs: BACKLOG_PAUSE_MS }
  backlog.unpark()
  const decided = (status: number) => status === 200 || NEVER.has(status) || TOKEN.has(status)
  const word = words.find(({ status }) => !decided(status))
  return failed(parts, asAnswer(word ?? { status: 0, said: '' }), failures)
}

const asAnswer = ({ status, said: body }: LineWord): Answer => ({
  ...{ kind: 'answered', status, body, retryAfter: undefined, spreadMs: 0 },
})

function leave(parts: DeliveryParts, name: string, backlog: Backlog): void {
  parts.spool.delivered(name)
  if (backlog.gone(name)) tellTaken(parts)
}

/** These wait apart: whoever comes after them may be believed. */
function refused(
  parts: DeliveryParts,
  names: readonly string[],
  answer: Answer,
  failures: number,
  backlog: Backlog,
): Next {
  const tries = backlog.setApart(names, parts.nowMs(), parts.random())
  tellApart(parts, answer, tries, backlog.apartForMs(parts.nowMs()) ?? 0)
  return { failures, waitMs: BACKLOG_PAUSE_MS }
}

function failed(parts: DeliveryParts, answer: Answer, failures: number): Next {
  const count = failures + 1
  const waitMs = pauseAfter(answer, count, parts)
  tellFailure(parts, answer, count, waitMs)
  return { failures: count, waitMs }
}

const pauseOf = (spool: Spool) => (spool.pending.length > 0 ? BACKLOG_PAUSE_MS : 0)

async function deliver(
  parts: DeliveryParts,
  name: string,
  failures: number,
  backlog: Backlog,
): Promise<Next> {
  const { spool, log } = parts
  const record = spool.read(name)
  if (record === undefined) {
    tellDamaged(log, name)
    return { failures, waitMs: 0 }
  }
  const answer = await sendOnce(parts, record.bytes, 'one')
  const fate = fateOf(answer)
  if (fate === 'token') return refused(parts, [name], answer, failures, backlog)
  if (fate === 'never') {
    setAside(parts, name, answer, backlog)
    return { failures: 0, waitMs: BACKLOG_PAUSE_MS }
  }
  const kept = answer.kind === 'answered' && isKept(answer.body, sha256(record.payload))
  if (fate !== 'delivered' || !kept) return failed(parts, answer, failures)
  leave(parts, name, backlog)
  if (failures > 0) tellTaken(parts)
  return { failures: 0, waitMs: pauseOf(spool) }
}

function setAside({ spool, log }: DeliveryParts, name: string, answer: Answer, backlog: Backlog) {
  spool.refuse(name, describe(answer))
  backlog.gone(name)
  log.error('the collector does not take this record; it was set aside in refused/', {
    ...{ record: name, answer: describe(answer) },
    mend: 'a collector older than this agent must be updated; what is set aside is offered again',
  })
}

export async function sendOnce(
  parts: DeliveryParts,
  bytes: Uint8Array,
  form: 'one' | 'batch',
): Promise<Answer> {
  let token: string | null
  try {
    token = parts.readToken()
  } catch (error) {
    return { kind: 'failed', why: (error as Error).message }
  }
  return parts.poster.post(bytes, token, form)
}

function pauseAfter(answer: Answer, failures: number, parts: DeliveryParts): number {
  const jitter = backoffMs(failures, parts.random())
  if (answer.kind === 'failed') return jitter
  const asked = retryAfterMs(answer.retryAfter, parts.nowMs())
  // Jitter on top, or everybody who was sent away would come back in the same second.
  return asked === null ? jitter : asked + backoffMs(1, parts.random())
}
