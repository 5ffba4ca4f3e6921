import type { Log } from '../log.ts'
import { backoffMs, retryAfterMs } from './backoff.ts'
import type { Answer, Poster } from './post.ts'
import type { Spool } from './spool.ts'

export interface UplinkParts {
  readonly spool: Spool
  readonly poster: Poster
  /** Read before every try, so that a renewed token file works without a restart. */
  readonly readToken: () => string
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

/** What an answer means for the record that was sent. */
type Fate = 'delivered' | 'never' | 'token' | 'later'

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
    while (!stopping.signal.aborted) {
      waking = new AbortController()
      const name = choose(parts.spool, live)
      live = undefined
      if (name === undefined) {
        await waitFor(parts, IDLE_MS, waking, stopping)
        continue
      }
      const next = await deliverOrExplain(parts, name, failures)
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

function choose(spool: Spool, live: string | undefined): string | undefined {
  return live !== undefined && spool.pending.includes(live) ? live : spool.pending[0]
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
async function deliverOrExplain(parts: UplinkParts, name: string, failures: number): Promise<Next> {
  try {
    return await deliver(parts, name, failures)
  } catch (error) {
    const waitMs = backoffMs(failures + 1, parts.random())
    parts.log.error('the spool cannot be read or cleaned', { why: (error as Error).message })
    return { failures: failures + 1, waitMs }
  }
}

async function deliver(parts: UplinkParts, name: string, failures: number): Promise<Next> {
  const { spool, log } = parts
  const bytes = spool.read(name)
  if (bytes === undefined) {
    log.error('a spooled record is damaged and was set aside in damaged/', { record: name })
    return { failures, waitMs: 0 }
  }
  const answer = await sendOnce(parts, bytes)
  const fate = fateOf(answer)
  if (fate === 'delivered') {
    spool.delivered(name)
    if (failures > 0) log.info('the collector takes records again', waiting(spool))
    return { failures: 0, waitMs: spool.pending.length > 0 ? BACKLOG_PAUSE_MS : 0 }
  }
  if (fate === 'never') {
    spool.refuse(name, describe(answer))
    log.error('the collector will never take this record; it was set aside in refused/', {
      record: name,
      answer: describe(answer),
    })
    return { failures: 0, waitMs: BACKLOG_PAUSE_MS }
  }
  const count = failures + 1
  const waitMs = pauseAfter(answer, count, parts)
  if (count === 1 || count % TELL_EVERY === 0) tellFailure(parts, fate, answer, count, waitMs)
  return { failures: count, waitMs }
}

async function sendOnce(parts: UplinkParts, bytes: Uint8Array): Promise<Answer> {
  let token: string
  try {
    token = parts.readToken()
  } catch (error) {
    return { kind: 'failed', why: (error as Error).message }
  }
  return parts.poster.post(bytes, token)
}

/**
 * Statuses that speak about the record's own bytes set it aside; all others speak about the token,
 * the address or the moment, and the record waits.
 */
const NEVER: ReadonlySet<number> = new Set([400, 409, 413, 415, 422])
const TOKEN: ReadonlySet<number> = new Set([401, 403])

function fateOf(answer: Answer): Fate {
  if (answer.kind === 'failed') return 'later'
  if (answer.status >= 200 && answer.status < 300) return 'delivered'
  if (NEVER.has(answer.status)) return 'never'
  return TOKEN.has(answer.status) ? 'token' : 'later'
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
      ? 'the collector refuses this agent: wrong or revoked token; records wait in the spool'
      : 'the collector does not take records; they wait in the spool'
  parts.log.warn(message, { ...facts, ...waiting(parts.spool) })
}

function waiting(spool: Spool): { waiting: number } {
  return { waiting: spool.pending.length }
}

function describe(answer: Answer): string {
  if (answer.kind === 'failed') return answer.why
  const said = answer.body.replace(/\s+/g, ' ').trim().slice(0, 300)
  return said === '' ? `HTTP ${answer.status}` : `HTTP ${answer.status}: ${said}`
}
