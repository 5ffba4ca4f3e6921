import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import type * as v from 'valibot'
import type { Site } from '../shared/profile/site.ts'
import type { Absence } from './absent.ts'
import { type Guard, type GuardOptions, makeGuard } from './access/guard.ts'
import { ownNames } from './access/host-name.ts'
import { Downloads } from './bundle/downloads.ts'
import type { Connections } from './connections.ts'
import { addErrorHandling, refuseConnection } from './error-handling.ts'
import type { GroupCommit } from './ingest/group-commit.ts'
import type { LiveSites } from './ingest/live.ts'
import { Strangers } from './ingest/strangers.ts'
import type { Intake } from './intake/intake.ts'
import type { JudgeAhead } from './judging/ahead.ts'
import type { Judging, KnownProfile } from './judging/judging.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { OwnMetrics } from './metrics/own.ts'
import type { SiteSeries } from './metrics/site-series.ts'
import { addPage } from './page.ts'
import type { PlanDesk } from './plans/plan-desk.ts'
import type { ProfileBook } from './profile-book.ts'
import { type ReaderLimits, Shares, USUAL_READER_LIMITS } from './reader-limits.ts'
import type { Readiness } from './readiness.ts'
import { type AccessRoutes, addAccessRoutes, PLAIN, type Serving } from './routes/access-routes.ts'
import { addBundleRoute } from './routes/bundle.ts'
import { addDocs } from './routes/docs.ts'
import { addFleetRoute } from './routes/fleet.ts'
import { addHistoryRoutes } from './routes/history.ts'
import { addLedgerRoutes } from './routes/ledger.ts'
import { addMetricRoutes } from './routes/metrics.ts'
import { addOperationRoutes } from './routes/operations.ts'
import { addOwnPlanRoutes } from './routes/own-plan.ts'
import { addOwnRowsRoutes } from './routes/own-rows.ts'
import { addOwnRunRoutes } from './routes/own-runs.ts'
import { addPinRowsRoute } from './routes/pin-rows.ts'
import { addPinRoutes } from './routes/pins.ts'
import { addPlanRoutes } from './routes/plans.ts'
import { addRecordRoutes } from './routes/records.ts'
import { addReportRoutes } from './routes/reports.ts'
import { addRunEventRoute } from './routes/run-events.ts'
import { addRunRoutes } from './routes/runs.ts'
import { validate } from './routes/schemas.ts'
import { addSiteRoutes } from './routes/sites.ts'
import { addTimeLimits } from './routes/time-limits.ts'
import type { Heartbeats } from './runs/heartbeats.ts'
import { NewsDesk } from './runs/news-desk.ts'
import type { RunDesk } from './runs/run-desk.ts'
import { Watchers } from './runs/watchers.ts'
import { addSecurityHeaders, type SecurityPolicy } from './security-headers.ts'
import type { SiteBook } from './site-book.ts'
import type { HistoryBook } from './store/history/book.ts'
import type { PlanBook } from './store/plans/book.ts'
import type { Store } from './store/store.ts'
import { JobDesk } from './thread/job-desk.ts'

export interface AppDependencies extends GuardOptions, Omit<AccessRoutes, 'guard'> {
  readonly intake: Intake
  readonly commit: GroupCommit
  readonly live: LiveSites
  readonly absence: Absence
  readonly history: HistoryBook
  /** Null where this collector keeps no ledger. */
  readonly ledger: Ledger | null
  readonly judging: Judging
  readonly ahead: JudgeAhead
  readonly plans: PlanDesk
  readonly runs: RunDesk
  readonly heartbeats: Heartbeats
  readonly store: Pick<Store, 'aside' | 'between' | 'envelope' | 'ledger'> & {
    readonly plans: PlanBook
  }
  readonly site: (name: string) => Site | null
  /** What files say of sites. */
  readonly sites: Pick<SiteBook, 'site'>
  readonly metrics: OwnMetrics
  readonly series: SiteSeries
  readonly readiness: Readiness
  readonly profile: (sha256: string) => KnownProfile | null
  readonly profiles: Pick<ProfileBook, 'all'>
  /** Where files may be made for a while; left out: where the system has such files. */
  readonly dataDirectory?: string
  readonly nowMs: () => number
  /** Other bounds of one reader, or address, than the usual ones. */
  readonly readerLimits?: Partial<ReaderLimits>
  readonly connections?: Connections
  readonly version: string
  readonly logger: FastifyBaseLogger | null
}

/**
 * Bounds on one client (the framework's own default for most is none). Connections stay open for
 * longer than agents' minute, because a TLS handshake costs as much as a record.
 */
const LIMITS = {
  requestTimeout: 10_000,
  connectionTimeout: 30_000,
  keepAliveTimeout: 90_000,
  bodyLimit: 16_384,
  routerOptions: { maxParamLength: 100 },
} as const

/** Assembles the collector's HTTP side apart from listening, so that tests can inject requests. */
export function buildApp(dependencies: AppDependencies): FastifyInstance {
  const app = newServer(dependencies)
  app.setValidatorCompiler<v.GenericSchema>(({ schema, httpPart }) => {
    if (httpPart === 'body') return (data) => ({ value: data })
    return (data) => validate(schema, httpPart ?? 'request', data)
  })
  app.setSerializerCompiler(() => JSON.stringify)
  app.removeAllContentTypeParsers()
  addErrorHandling(app, dependencies.metrics)
  dependencies.connections?.install(app)
  addTimeLimits(app)
  addSecurityHeaders(app, SECURITY_POLICY)
  addDocs(app, dependencies.version)
  app.register(async (routes) => {
    const { behindProxy, publicUrl } = dependencies.serving ?? PLAIN
    const names = ownNames(dependencies.listenHost, publicUrl, dependencies.ownNames ?? [])
    const guard = makeGuard({ ...dependencies, behindProxy, ownNames: names })
    guard.install(routes)
    const parts = { ...dependencies, guard }
    addRecordRoutes(routes, { ...parts, strangers: new Strangers(() => performance.now()) })
    addAccessRoutes(routes, parts)
    addFleetRoute(routes, parts)
    addSiteRoutes(routes, parts)
    addHistoryRoutes(routes, parts)
    addLedgerRoutes(routes, parts)
    addPapers(routes, parts)
    addPinRoutes(routes, parts)
    addPinRowsRoute(routes, parts)
    addOwnRowsRoutes(routes, parts)
    addPlansAndRuns(routes, parts)
    addOperationRoutes(routes, parts)
    addMetricRoutes(routes, parts)
    addPage(routes)
  })
  return app
}

function newServer({ logger, serving = PLAIN }: AppDependencies): FastifyInstance {
  const app: FastifyInstance = fastify({
    ...LIMITS,
    ...(serving.tls === null ? {} : { https: tlsOf(serving.tls) }),
    // The one that connects: what it was told of addresses before it, it was told by whoever asks.
    trustProxy: serving.behindProxy && ((_address: string, hop: number) => hop === 0),
    ...(logger === null ? {} : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => app.errorHandler(error, request, reply),
  })
  return app
}

/** Bundles and what is made of them. */
function addPapers(routes: FastifyInstance, parts: AppDependencies & { guard: Guard }): void {
  const policy = parts.ledger?.policy ?? null
  const shares = new Shares({ ...USUAL_READER_LIMITS, ...parts.readerLimits }.jobsPerReader)
  const downloads = new Downloads(parts.dataDirectory ?? tmpdir())
  addBundleRoute(routes, { ...parts, policy, downloads, shares })
  addReportRoutes(routes, { ...parts, policy, reports: new JobDesk(), shares })
}

/** Plans and runs, for who gives them and for the agents that follow them. */
function addPlansAndRuns(routes: FastifyInstance, parts: AppDependencies & { guard: Guard }): void {
  const watched = { ...parts, watchers: new Watchers(parts.runs, parts.store, parts.readerLimits) }
  addPlanRoutes(routes, parts)
  addOwnPlanRoutes(routes, parts)
  addRunRoutes(routes, watched)
  addRunEventRoute(routes, watched)
  const news = new NewsDesk({ ...parts, monotonicMs: () => performance.now() })
  addOwnRunRoutes(routes, { ...parts, news })
}

/** Only what TLS needs: a certificate comes with more. */
function tlsOf({ cert, key }: NonNullable<Serving['tls']>) {
  return { cert, key, minVersion: 'TLSv1.2' as const }
}

/** Nothing from elsewhere, and nothing inline. */
const SECURITY_POLICY: SecurityPolicy = {
  'default-src': ["'none'"],
  'connect-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
}
