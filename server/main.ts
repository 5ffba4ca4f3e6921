import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { Fault } from '../shared/errors.ts'
import { judge } from '../shared/verdict/judge.ts'
import type { ReadAccess } from './access/guard.ts'
import { followTokenFile, type TokenBook } from './access/token-file.ts'
import { buildApp } from './app.ts'
import { GroupCommit } from './ingest/group-commit.ts'
import { LiveSites } from './ingest/live.ts'
import { parseStoredPayload } from './ingest/parse.ts'
import { Judging } from './judging/judging.ts'
import { type OwnMetrics, ownMetrics } from './metrics/own.ts'
import { SiteSeries } from './metrics/site-series.ts'
import { openProfileBook } from './profile-book.ts'
import { Readiness } from './readiness.ts'
import { openSqliteStore } from './store/sqlite/open.ts'
import type { Store } from './store/store.ts'

export interface CollectorOptions {
  readonly host: string
  /** 0 lets the kernel choose. */
  readonly port: number
  readonly dataDirectory: string
  /** Ids or paths; empty: the profiles that come with the program. */
  readonly profiles: readonly string[]
  /** Default: tokens.json in the data directory. */
  readonly tokenFile: string | null
  readonly readAccess: ReadAccess
  readonly version: string
  readonly logger: FastifyBaseLogger
}

export interface RunningCollector {
  readonly url: string
  /** Takes no more, writes what was taken, answers, and closes. */
  readonly stop: () => Promise<void>
}

const GROUP_WAIT_MS = 3
const MAX_GROUP = 200
const MAX_WAITING = 5000
const HEALTH_PATIENCE_MS = 2000

/**
 * Starts a collector: opens the store, rebuilds the newest state, listens.
 * @throws Fault STORE, CONFIG_*, PORT_IN_USE or NOT_PERMITTED, each with one line for the operator
 */
export async function startCollector(options: CollectorOptions): Promise<RunningCollector> {
  const book = openTokenBook(options)
  const store = await openSqliteStore(options.dataDirectory, Date.now())
  try {
    return await startOver(store, book, options)
  } catch (error) {
    await store.close()
    throw error
  }
}

/** The token file is read first: a broken one must not leave a half-started collector behind. */
function openTokenBook({ tokenFile, dataDirectory, logger }: CollectorOptions): TokenBook {
  const file = tokenFile ?? join(dataDirectory, 'tokens.json')
  return followTokenFile(file, Date.now, (error) =>
    logger.error({ err: error }, 'token file not read: the tokens known before still hold'),
  )
}

async function startOver(
  store: Store,
  book: TokenBook,
  options: CollectorOptions,
): Promise<RunningCollector> {
  const profiles = await openProfileBook(store, options.profiles, Date.now())
  const live = new LiveSites()
  live.load(await store.newest(), await store.boots())
  const commit: GroupCommit = new GroupCommit({
    store,
    waitMs: GROUP_WAIT_MS,
    maxGroup: MAX_GROUP,
    maxWaiting: MAX_WAITING,
    monotonicMs: () => performance.now(),
    onCommit: (records, tookMs) => metrics.commit(records, tookMs),
  })
  const waiting = () => commit.waiting
  const metrics = processMetrics(options.version, waiting, () => live.names().length)
  const judging = new Judging({ judge, profile: profiles.profile, store, nowMs: Date.now })
  const readiness = new Readiness({
    ...{ store, waiting },
    maxWaiting: MAX_WAITING,
    patienceMs: HEALTH_PATIENCE_MS,
  })
  const app = buildApp({
    ...{ book, commit, live, judging, metrics, readiness },
    series: siteSeries(live, judging),
    profile: profiles.profile,
    readAccess: options.readAccess,
    listenHost: options.host,
    nowMs: Date.now,
    version: options.version,
    logger: options.logger,
  })
  const url = await listen(app, options)
  const stop = async () => {
    readiness.stop()
    await app.close()
    await commit.drain()
    await store.close()
  }
  return { url, stop }
}

function siteSeries(live: LiveSites, judging: Judging): SiteSeries {
  return new SiteSeries({
    sites: () => live.names().flatMap((name) => live.get(name) ?? []),
    record: (site) => parseStoredPayload(site.newest.payload),
    judgement: (site) => judging.window(site).judgement,
    nowMs: Date.now,
    pause: () => setImmediate(),
  })
}

function processMetrics(version: string, waiting: () => number, sites: () => number): OwnMetrics {
  const cpuSeconds = () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }
  const startSeconds = Date.now() / 1000 - process.uptime()
  const residentBytes = () => process.memoryUsage.rss()
  return ownMetrics({
    version,
    waiting,
    sites,
    process: { residentBytes, cpuSeconds, startSeconds },
  })
}

async function listen(app: FastifyInstance, { host, port }: CollectorOptions): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    const where = `listen on ${host}:${port}`
    if (code === 'EADDRINUSE') throw new Fault('PORT_IN_USE', where, 'a free port', 'one in use')
    if (code === 'EACCES') throw new Fault('NOT_PERMITTED', where, 'permission', String(error))
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new Fault('USAGE', where, 'an address of this host', String(code))
    }
    throw error
  }
}
