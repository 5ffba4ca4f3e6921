import type { FastifyBaseLogger } from 'fastify'
import { BLOCK_MS } from './access/people.ts'
import { type Loop, startLoop } from './history/loop.ts'
import type { Store } from './store/store.ts'

interface AttemptParts {
  readonly store: Pick<Store, 'access'>
  readonly nowMs: () => number
  readonly logger: FastifyBaseLogger | null
}

/** Addresses, and names that no account has, whose attempts to sign in are remembered. */
const MOST = 10_000
const REST_MS = 60_000

/**
 * Forgets attempts to sign in that hold nobody up any more, and those beyond what is kept of strangers:
 * anybody can make as many as he likes, and nobody else may sign in for weeks.
 */
export function forgetAttempts({ store, nowMs, logger }: AttemptParts): Loop {
  return startLoop({
    turn: () => store.access.forgetLoginTurns(nowMs(), BLOCK_MS, MOST).then(() => 0),
    restMs: REST_MS,
    onError: (err) => logger?.error({ err }, 'attempts to sign in not forgotten: tried again'),
  })
}
