import type { Log } from '../log.ts'
import { Backlog, type Choice } from './backlog.ts'
import { backoffMs, retryAfterMs } from './backoff.ts'
import { type LineWord, makeBatch, wordsOf } from './batch.ts'
import { describe, type Fate, fateOf, NEVER, tellDamaged } from './fate.ts'
import type { Answer, Poster } from './post.ts'
import type { Spool } from './spool.ts'

export interface UplinkParts {
  readonly spool: Spool
  readonly poster: Poster
  /** Read before every try, so that a renewed token file works without a restart. */
  readonly readToken: () => string | null
  readonly log: Log
  readonly random: () => number
  readonly nowMs: () => number
  /** Resolves after the time or when woken. */
  readonly sleep: (ms: number, wake: AbortSignal) => Promise<void>
}

export interface Uplink {
  /** A record was just spooled: it goes before the backlog. */
  offer(name: string): void
  /** Ends after the exchange under way; what waits stays in the spool. */
  stop(): Promise<void>
}

/** Pause between two records of a backlog, so that live ones and other agents get their turn. */
const BACKLOG_PAUSE_MS = 50
/** Only a bound on an idle wait; a new record ends it at once. */
const IDLE_MS = 600_000
/** A failure is told when it begins and then at every so many tries, not each time. */
const TELL_EVERY = 20

/**
 * Carries records from the spool to the collector, at least once each: the newest first when it is
 * live, then the oldest that waits. A record leaves the spool only when the collector has said 2xx,
 * or is set aside when it said that it never will.
 */
export function startUplink(parts: UplinkParts): Uplink {
  const stopping = new AbortController()
  let waking = new AbortController()
  let live: string | undefined
  const loop = async (): Promise<void> => {
    let failures = 0
    const backlog = new Backlog()
    while (!stopping.signal.aborted) {
      waking = new AbortController()
      const choice = backlog.choose(parts.spool.pending, live)
      live = undefined
      if (choice === undefined) {
        await waitFor(parts, IDLE_MS, waking, stopping)
        continue
      }
      const next = await deliverOrExplain(parts, choice, failures, backlog)
      failures = next.failures
      // A live record may cut a backlog's pause short, but never a backoff.
      const wake = failures === 0 ? waking : new AbortController()
      if (next.waitMs > 0) await waitFor(parts, next.waitMs, wake, stopping)
    }
  }
  const running = loop()
  return {
    offer(name) {
      live = name
      waking.abort()
    },
    async stop() {
      stopping.abort()
      await running
      parts.poster.close()
    },
  }
}

function waitFor(
  parts: UplinkParts,
  ms: number,
  waking: AbortController,
  stopping: AbortController,
): Promise<void> {
  return parts.sleep(ms, AbortSignal.any([waking.signal, stopping.signal]))
}

interface Next {
  readonly failures: number
  readonly waitMs: number
}

/** A spool that cannot be read or cleaned just now must not end the loop: nothing is lost by waiting. */
async function deliverOrExplain(
  parts: UplinkParts,
  choice: Choice,
  failures: number,
  backlog: Backlog,
): Promise<Next> {
  try {
    if (typeof choice === 'string') {
      backlog.sentOne(choice)
      return await deliver(parts, choice, failures)
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
  parts: UplinkParts,
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
  if (fate !== 'delivered') return failed(parts, fate, answer, failures)
  const words = answer.kind === 'answered' ? wordsOf(answer.body, batch.digests) : null
  if (words === null) {
    backlog.goSingly(batch.names.length, false)
    return { failures, waitMs: 0 }
  }
  // A record is set aside for good only on a word about it alone: then each goes once more by itself.
  if (words.some(({ status }) => NEVER.has(status))) backlog.goSingly(batch.names.length, false)
  const stayed: string[] = []
  for (const [at, { status, said }] of words.entries()) {
    if (NEVER.has(status)) continue
    const name = batch.names[at] ?? ''
    const word = { kind: 'answered', status, body: said, retryAfter: undefined } as const
    if (!settle(parts, name, word)) stayed.push(name)
  }
  if (stayed.length < batch.names.length && failures > 0)
    log.info('the collector takes records again', waiting(spool))
  if (stayed.length === 0) return { failures: 0, waitMs: pauseOf(spool) }
  backlog.park(stayed)
  return stayedBehind(parts, words, failures, backlog)
}

/** Lines that stay are asked about again once everything else has had its turn. */
function stayedBehind(
  parts: UplinkParts,
  words: readonly LineWord[],
  failures: number,
  backlog: Backlog,
): Next {
  if (backlog.next(parts.spool.pending).length > 0) return { failures, waitMs: BACKLOG_PAUSE_MS }
  backlog.unpark()
  const word = words.find(({ status }) => status < 200 || (status >= 300 && !NEVER.has(status)))
  const { status = 0, said: body = '' } = word ?? {}
  const answer: Answer = { kind: 'answered', status, body, retryAfter: undefined }
  return failed(parts, fateOf(answer), answer, failures)
}

/** True when the record has left the spool. */
function settle({ spool, log }: UplinkParts, name: string, answer: Answer): boolean {
  const fate = fateOf(answer)
  if (fate === 'delivered') {
    spool.delivered(name)
    return true
  }
  if (fate !== 'never') return false
  spool.refuse(name, describe(answer))
  log.error('the collector will never take this record; it was set aside in refused/', {
    record: name,
    answer: describe(answer),
  })
  return true
}

function failed(parts: UplinkParts, fate: Fate, answer: Answer, failures: number): Next {
  const count = failures + 1
  const waitMs = pauseAfter(answer, count, parts)
  if (count === 1 || count % TELL_EVERY === 0) tellFailure(parts, fate, answer, count, waitMs)
  return { failures: count, waitMs }
}

const pauseOf = (spool: Spool) => (spool.pending.length > 0 ? BACKLOG_PAUSE_MS : 0)

async function deliver(parts: UplinkParts, name: string, failures: number): Promise<Next> {
  const { spool, log } = parts
  const bytes = spool.read(name)
  if (bytes === undefined) {
    tellDamaged(log, name)
    return { failures, waitMs: 0 }
  }
  const answer = await sendOnce(parts, bytes, 'one')
  const fate = fateOf(answer)
  if (!settle(parts, name, answer)) return failed(parts, fate, answer, failures)
  if (fate === 'never') return { failures: 0, waitMs: BACKLOG_PAUSE_MS }
  if (failures > 0) log.info('the collector takes records again', waiting(spool))
  return { failures: 0, waitMs: pauseOf(spool) }
}

async function sendOnce(
  parts: UplinkParts,
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

function pauseAfter(answer: Answer, failures: number, parts: UplinkParts): number {
  const jitter = backoffMs(failures, parts.random())
  if (answer.kind === 'failed') return jitter
  const asked = retryAfterMs(answer.retryAfter, parts.nowMs())
  // Jitter on top, or everybody who was sent away would come back in the same second.
  return asked === null ? jitter : asked + backoffMs(1, parts.random())
}

function tellFailure(
  parts: UplinkParts,
  fate: Fate,
  answer: Answer,
  count: number,
  waitMs: number,
): void {
  const facts = { answer: describe(answer), tries: count, nextTrySeconds: Math.ceil(waitMs / 1000) }
  const message =
    fate === 'token'
      ? 'the collector refuses this agent: wrong or revoked token or key; records wait in the spool'
      : 'the collector does not take records; they wait in the spool'
  parts.log.warn(message, { ...facts, ...waiting(parts.spool) })
}

function waiting(spool: Spool): { waiting: number } {
  return { waiting: spool.pending.length }
}
