import type { Agent, request as ask } from 'node:http'
import { collectorAgent } from '../enrol/pinned-agent.ts'

/** What an agent opens to its collector, and keeps open: records and questions go over the same. */
export interface Connections {
  /** Of the route that takes records. */
  readonly url: URL
  readonly request: typeof ask
  readonly agent: Agent
  close(): void
}

/** A run that tells, rows that are brought, and a plan that is pulled, all beside a record and a question. */
const MOST_AT_ONCE = 6
/** For the question and for the record; more, which a run needed, are not kept: each costs a collector some 50 kB. */
const MOST_IDLE = 2

/**
 * Connections that stay open: at one record a minute a new TLS handshake each time would cost the
 * collector as much as the work itself.
 * @param pin the collector's key, see collectorAgent; null: the system's authorities are asked
 */
export async function openConnections(url: URL, pin: string | null = null): Promise<Connections> {
  const { request } = await import(url.protocol === 'https:' ? 'node:https' : 'node:http')
  const agent = await collectorAgent(url, pin, {
    ...{ keepAlive: true, keepAliveMsecs: 30_000 },
    ...{ maxSockets: MOST_AT_ONCE, maxFreeSockets: MOST_IDLE },
  })
  return { url, request, agent, close: () => agent.destroy() }
}
