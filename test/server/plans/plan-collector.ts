import { onTestFinished } from 'vitest'
import { loadProfile } from '../../../config/load.ts'
import { newSecret } from '../../../server/access/bearer.ts'
import { makeToken, type Token } from '../../../server/access/tokens.ts'
import { assemble } from '../../../server/assemble.ts'
import { openProfileBook } from '../../../server/profile-book.ts'
import type { RunLimits } from '../../../server/runs/limits.ts'
import { NO_SITES } from '../../../server/site-book.ts'
import type { Store } from '../../../server/store/store.ts'

/** Of the far end; never to be seen by a reader. */
export const SECRET = 'c2VjcmV0LW9mLWxlZWRzLXRoaXJ0eS10d28tb2N0ZXRzIQ'
const KEY = `lab:${SECRET}`

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}
type Ask = {
  readonly method?: string
  readonly json?: unknown
  readonly headers?: Record<string, string>
}

export interface PlanCollector {
  readonly url: string
  readonly plan: (change?: object) => object
  readonly as: (who: 'admin' | 'viewer' | 'agent', path: string, ask?: Ask) => Promise<Answer>
  readonly header: (who: 'admin' | 'viewer' | 'agent') => Record<string, string>
  readonly store: Store
  readonly stop: () => Promise<void>
}

/** A collector on a real socket, with an administrator, a viewer and an agent of Leeds. */
export async function planCollector(
  store: Store,
  runLimits: Partial<RunLimits> = {},
): Promise<PlanCollector> {
  const agent = makeToken({ role: 'agent', agent: 'leeds-1', site: 'leeds' }, 0)
  const viewer = makeToken({ role: 'viewer', name: 'noc' }, 0)
  const tokens = new Map<string, Token>([agent, viewer].map(({ token }) => [token.id, token]))
  const admin = await adminOf(store)
  const { app, stop } = await assemble({
    ...{ store, runLimits: { tickMs: 50, ...runLimits }, sites: NO_SITES },
    book: { tokens: () => tokens },
    profiles: await openProfileBook(store, [], [], Date.now()),
    ...{ readAccess: 'token', listenHost: '127.0.0.1', version: '0.0.0-test', logger: null },
    nowMs: Date.now,
  })
  let stopped: Promise<void> | null = null
  const once = () => {
    stopped ??= stop()
    return stopped
  }
  onTestFinished(once)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const secrets = { admin, viewer: viewer.written, agent: agent.written }
  const header = (who: keyof typeof secrets) => ({ authorization: `Bearer ${secrets[who]}` })
  const { sha256, profile } = await loadProfile('pureconnect-rcm')
  const named = { id: profile.id, version: profile.version, sha256 }
  return {
    ...{ url, header, store, stop: once },
    plan: (change = {}) => ({
      format: 'voip-ready/plan/1',
      site: {
        ...{ format: 'voip-ready/site/1', site: 'leeds', profile: profile.id },
        farEnds: { primary: { reflector: '127.0.0.1', key: KEY } },
      },
      profile: named,
      ...change,
    }),
    as: (who, path, ask = {}) => send(url + path, header(who), ask),
  }
}

async function send(url: string, header: Record<string, string>, ask: Ask): Promise<Answer> {
  const { method = 'GET', json, headers = {} } = ask
  const type = json === undefined ? {} : { 'content-type': 'application/json' }
  const body = json === undefined ? {} : { body: JSON.stringify(json) }
  const answer = await fetch(url, { method, headers: { ...header, ...type, ...headers }, ...body })
  const text = await answer.text()
  return {
    ...{ status: answer.status, headers: answer.headers },
    body: text === '' ? {} : JSON.parse(text),
  }
}

async function adminOf(store: Store): Promise<string> {
  const { id, written, secretSha256 } = newSecret()
  const token = {
    id,
    name: 'boss',
    role: 'admin',
    customer: null,
    site: null,
    agent: null,
  } as const
  const times = { secretSha256, addedMs: Date.now(), expiresMs: null }
  const audit = { id, atMs: Date.now(), actor: 'console:test', action: 'token.add' }
  await store.access.addToken({ ...token, ...times }, { ...audit, site: null, detail: {} })
  return written
}
