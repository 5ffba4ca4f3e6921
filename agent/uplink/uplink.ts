import { withAnyOf } from '../../shared/any-of.ts'
import { Backlog } from './backlog.ts'
import { type DeliveryParts, deliverOrExplain } from './delivery.ts'
import { LiveTurn } from './live-turn.ts'
import { OfferAgain } from './offer-again.ts'
import type { Poster } from './post.ts'
import type { Spread } from './spread.ts'

export interface UplinkParts extends DeliveryParts {
  readonly spread: Pick<Spread, 'afterMs' | 'overMs'>
  /** Resolves after the time or when woken. */
  readonly sleep: (ms: number, wake: AbortSignal) => Promise<void>
}

export interface Uplink {
  /** A record was just spooled: it goes before the backlog. */
  offer(name: string): void
  /** Ends after the exchange under way; what waits stays in the spool. */
  stop(): Promise<void>
}

/** Only a bound on an idle wait; a new record ends it at once. */
const IDLE_MS = 600_000

/**
 * Carries records from the spool to the collector, at least once each: the newest first when it is
 * live, then the oldest that waits. A record leaves the spool only on a word that names its bytes, or
 * is set aside when the collector said that it does not take it, and is offered again now and then. One
 * that is refused for who sent it waits apart, and nothing waits for it.
 */
export function startUplink(given: UplinkParts): Uplink {
  const stopping = new AbortController()
  let waking = new AbortController()
  let live: string | undefined
  const go = (name: string) => {
    live = name
    waking.abort()
  }
  const turn = new LiveTurn(() => given.spread.afterMs, go)
  const parts = { ...given, poster: heard(given) }
  const [backlog, again] = [new Backlog(), new OfferAgain(parts)]
  const loop = async (): Promise<void> => {
    let failures = 0
    while (!stopping.signal.aborted) {
      waking = new AbortController()
      const choice = backlog.choose(parts.spool.pending, live, parts.nowMs())
      live = undefined
      if (choice === undefined) {
        const idleMs = idleFor(parts, backlog, again)
        if (idleMs > 0) await waitFor(parts, idleMs, waking, stopping)
        else await again.one()
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
    offer: (name) => turn.offer(name),
    async stop() {
      turn.end()
      stopping.abort()
      await running
    },
  }
}

/** What the collector says of its fleet when it takes something is heeded from the next record on. */
function heard({ poster, spread }: UplinkParts): Poster {
  return {
    async post(...given) {
      const answer = await poster.post(...given)
      if (answer.kind === 'answered' && answer.status < 300) spread.overMs = answer.spreadMs
      return answer
    },
  }
}

/** How long nothing is to go, milliseconds; 0: what was set aside has its turn. */
function idleFor({ nowMs }: UplinkParts, backlog: Backlog, again: OfferAgain): number {
  const apartMs = backlog.apartForMs(nowMs()) ?? IDLE_MS
  return again.dueInMs === 0 ? 0 : Math.max(1, Math.min(IDLE_MS, apartMs, again.dueInMs))
}

function waitFor(
  parts: UplinkParts,
  ms: number,
  waking: AbortController,
  stopping: AbortController,
): Promise<void> {
  return withAnyOf([waking.signal, stopping.signal], (wake) => parts.sleep(ms, wake))
}
