import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, InjectOptions, RouteOptions } from 'fastify'
import { afterAll, onTestFinished } from 'vitest'
import { loadProfile } from '../../../config/load.ts'
import { newSecret } from '../../../server/access/bearer.ts'
import { auditOf } from '../../../server/access/desk.ts'
import type { ReadAccess } from '../../../server/access/guard.ts'
import { makeToken, type Token } from '../../../server/access/tokens.ts'
import { assemble } from '../../../server/assemble.ts'
import type { LedgerOptions } from '../../../server/ledger/ledger.ts'
import { openProfileBook } from '../../../server/profile-book.ts'
import type { ReaderLimits } from '../../../server/reader-limits.ts'
import type { Serving } from '../../../server/routes/access-routes.ts'
import { NO_SITES, type SiteBook } from '../../../server/site-book.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import type { Store } from '../../../server/store/store.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { MINUTE, START } from './fixtures.ts'

export interface TestCollector {
  readonly app: FastifyInstance
  readonly store: Store
  /** Bearer tokens as headers. */
  readonly agent: { readonly authorization: string }
  readonly viewer: { readonly authorization: string }
  /** A new token of the store, as a header: who may administer, or a viewer of one customer. */
  readonly issue: (
    role: 'admin' | 'viewer',
    customer?: string,
  ) => Promise<{ readonly authorization: string }>
  readonly profileSha256: string
  /** The collector's clock; set it to make time pass. */
  readonly clock: { nowMs: number }
  readonly get: (url: string, headers?: InjectOptions['headers']) => ReturnType<typeof answer>
  readonly deliver: (
    body: string | Buffer,
    headers?: InjectOptions['headers'],
  ) => ReturnType<typeof answer>
}

export interface TestOptions {
  readonly readAccess?: ReadAccess
  readonly listenHost?: string
  readonly ownNames?: readonly string[]
  readonly readerLimits?: Partial<ReaderLimits>
  readonly serving?: Serving
  readonly maxWaiting?: number
  readonly ledger?: LedgerOptions
  readonly directory?: string
  readonly sites?: SiteBook
  readonly wrapStore?: (store: Store) => Store
  /** Hears of every route as it is added. */
  readonly onRoute?: (route: RouteOptions) => void
  /** Where to hang the end; default: the end of the running test. */
  readonly onEnd?: (stop: () => Promise<void>) => void
}

/** A whole collector on a real store in a directory of its own, asked by injection. */
export async function testCollector(options: TestOptions = {}): Promise<TestCollector> {
  const directory = options.directory ?? temporaryDirectory()
  const clock = { nowMs: START + MINUTE + 2000 }
  const opened = await openSqliteStore(directory, clock.nowMs)
  const store = options.wrapStore?.(opened) ?? opened
  const agent = makeToken({ role: 'agent', agent: 'leeds-1', site: 'leeds' }, 0)
  const viewer = makeToken({ role: 'viewer', name: 'noc' }, 0)
  const tokens = new Map<string, Token>([agent, viewer].map(({ token }) => [token.id, token]))
  const { app, stop } = await assemble({
    store,
    book: { tokens: () => tokens },
    profiles: await openProfileBook(store, [], [], clock.nowMs),
    sites: options.sites ?? NO_SITES,
    readAccess: options.readAccess ?? 'loopback',
    listenHost: options.listenHost ?? '127.0.0.1',
    version: '0.0.0-test',
    logger: null,
    nowMs: () => clock.nowMs,
    ...(options.ownNames === undefined ? {} : { ownNames: options.ownNames }),
    ...(options.readerLimits === undefined ? {} : { readerLimits: options.readerLimits }),
    ...(options.serving === undefined ? {} : { serving: options.serving }),
    ...(options.ledger === undefined ? {} : { ledger: options.ledger }),
    ...(options.maxWaiting === undefined ? {} : { maxWaiting: options.maxWaiting }),
  })
  if (options.onRoute !== undefined) app.addHook('onRoute', options.onRoute)
  await app.ready()
  const { onEnd = onTestFinished } = options
  onEnd(stop)
  const bearer = ({ written }: { readonly written: string }) => ({
    authorization: `Bearer ${written}`,
  })
  const { sha256 } = await loadProfile('pureconnect-rcm')
  return {
    ...{ app, store, clock, profileSha256: sha256 },
    agent: bearer(agent),
    viewer: bearer(viewer),
    issue: async (role, customer) => bearer(await addToken(store, role, customer ?? null)),
    get: (url, headers = {}) => answer(app, { method: 'GET', url, headers: local(headers) }),
    deliver: (body, headers = {}) =>
      answer(app, {
        ...{ method: 'POST', url: '/api/v1/records', payload: body },
        headers: local({ 'content-type': 'application/json', ...bearer(agent), ...headers }),
      }),
  }
}

async function addToken(store: Store, role: 'admin' | 'viewer', customer: string | null) {
  const { written, ...secret } = newSecret()
  const owner = { name: `${role}-${secret.id}`, role, customer, site: null, agent: null }
  const audit = auditOf({ nowMs: () => START }, 'console:test', 'token.add', null)
  await store.access.addToken({ ...owner, ...secret, addedMs: START, expiresMs: null }, audit)
  return { written }
}

const local = (headers: InjectOptions['headers']) => ({ host: '127.0.0.1:8460', ...headers })

/** Status, headers, text and (where it is any) JSON of the answer. */
export async function answer(app: FastifyInstance, options: InjectOptions) {
  const response = await app.inject(options)
  const type = String(response.headers['content-type'] ?? '')
  const body = type.includes('json') ? response.json() : null
  return { status: response.statusCode, headers: response.headers, type, text: response.body, body }
}

/** One collector for a whole file; to be called in beforeAll. */
export async function sharedCollector(options: TestOptions = {}): Promise<TestCollector> {
  const directory = mkdtempSync(join(tmpdir(), 'voip-ready-test-'))
  const onEnd = (stop: () => Promise<void>) =>
    afterAll(async () => {
      await stop()
      rmSync(directory, { recursive: true, force: true })
    })
  return testCollector({ ...options, directory, onEnd })
}
