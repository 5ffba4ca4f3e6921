import { availableParallelism } from 'node:os'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { judge } from '../shared/verdict/judge.ts'
import { Absence } from './absent.ts'
import type { ReadAccess } from './access/guard.ts'
import { KnownAccess } from './access/known.ts'
import type { TokenBook } from './access/token-file.ts'
import { type AppDependencies, buildApp } from './app.ts'
import { forgetAttempts } from './attempts.ts'
import { closeListener } from './close-listener.ts'
import { Connections } from './connections.ts'
import type { Disk } from './disk.ts'
import { Expiry } from './expiry.ts'
import { freshView } from './fresh-view.ts'
import { FailedQuarters } from './history/failed-quarters.ts'
import type { Keep } from './history/keeper.ts'
import { type Loop, startLoop } from './history/loop.ts'
import { startHistory } from './history/start.ts'
import { loadCarried } from './ingest/carried.ts'
import { Follower } from './ingest/follower.ts'
import { GroupCommit } from './ingest/group-commit.ts'
import { LiveSites } from './ingest/live.ts'
import { Intake } from './intake/intake.ts'
import { Judging } from './judging/judging.ts'
import type { Journal } from './ledger/journal.ts'
import { type Ledger, type LedgerOptions, openLedger } from './ledger/ledger.ts'
import { ledgerTold } from './ledger-told.ts'
import { openFiles, readLimits } from './open-files.ts'
import { processMetrics, warningsOf } from './own-figures.ts'
import type { PlanDesk } from './plans/plan-desk.ts'
import type { ProfileBook } from './profile-book.ts'
import { Readiness } from './readiness.ts'
import { Heartbeats } from './runs/heartbeats.ts'
import type { RunLimits } from './runs/limits.ts'
import { startPlansAndRuns } from './runs/start.ts'
import type { SiteBook } from './site-book.ts'
import type { AgentKey, AgentState, Store } from './store/store.ts'

export interface Assembly
  extends Pick<AppDependencies, 'serving' | 'dataDirectory' | 'readerLimits'> {
  readonly store: Store
  readonly book: TokenBook
  readonly profiles: ProfileBook
  readonly sites: SiteBook
  readonly readAccess: ReadAccess
  /** Names that `open` readers may ask by, besides addresses and loopback names; left out: none. */
  readonly ownNames?: readonly string[]
  /** The address that the collector listens on, as configured. */
  readonly listenHost: string
  readonly version: string
  readonly logger: FastifyBaseLogger | null
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number
  /** Records that may wait for the disk before more are turned away. */
  readonly maxWaiting?: number
  /** How long records and history are kept; left out: for ever. */
  readonly keep?: Keep
  /** Other bounds of runs on demand than the usual ones. */
  readonly runLimits?: Partial<RunLimits>
  /** The disk of the data directory, where records are kept on it. */
  readonly disk?: Disk
  /** Left out: records are kept without a ledger (tests of other parts). */
  readonly ledger?: LedgerOptions
}

export interface Assembled {
  readonly app: FastifyInstance
  /** Takes no more, writes what was taken, answers, and closes; the store last. */
  readonly stop: () => Promise<void>
}

const GROUP_WAIT_MS = 3
/** Two even on two cores: while one waits, for its keys or its turn, the other one works. */
const INTAKE_THREADS = { least: 2, most: 3 } as const
const MAX_GROUP = 200
const MAX_WAITING = 5000
/** Sites whose rounds and runs are asked for at once at the start. */
const SITES_PER_READ = 100
/** Agents whose newest records are read at once at the start: all of a large fleet would be held thrice. */
const AGENTS_PER_PAGE = 500
const HEALTH_PATIENCE_MS = 2000
/** How often it is looked whether the ballast file can be made again. */
const BALLAST_MS = 60_000
/** How often a shared database is asked what came to the other collectors. */
const FOLLOW_MS = 1500

/** Rebuilds the newest state from the store and puts the parts together; nothing listens yet. */
export async function assemble(parts: Assembly): Promise<Assembled> {
  const { store, nowMs, profiles, maxWaiting = MAX_WAITING, disk = null } = parts
  const live = await loadLive(store, nowMs())
  const commit: GroupCommit = groupCommit(store, maxWaiting, (records, tookMs) =>
    seen.metrics.commit(records, tookMs),
  )
  const waiting = () => commit.waiting
  const ledger = await beginLedger(parts, waiting)
  const journal = ledger?.journal ?? null
  const seen = observe(parts, live, ledger, waiting)
  const desks = await startPlansAndRuns({ ...parts, live, journal })
  const judging = new Judging({ judge, profile: profiles.profile, ...desks, store, nowMs })
  const readiness = new Readiness({
    ...{ store, waiting, maxWaiting, disk, patienceMs: HEALTH_PATIENCE_MS },
    warnings: seen.warnings,
    ledgerFault: () => ledger?.keeper.fault ?? null,
  })
  const absence = new Absence(seen.known, parts.book, desks.plans, live)
  const view = freshView(live, judging, nowMs, { ...seen, ...desks, absence })
  const app = buildApp({
    ...{ ...parts, ...seen, ...desks, ...view },
    ...{ commit, live, judging, readiness, store, ledger, journal, absence },
    ledgerLog: () => ledger?.log ?? null,
    ...{ access: store.access, history: store.history, profile: profiles.profile },
  })
  seen.connections.bound(app.server, (reason) => parts.logger?.warn(reason, 'connections closed'))
  view.begin()
  const background = await beginBackground(parts, { ...desks, ...seen, judging, live, journal })
  const stop = async () => {
    readiness.stop()
    await view.end()
    desks.runs.close()
    await closeListener(app)
    await Promise.all([commit.drain(), seen.intake.close()])
    await background.stop()
    await ledger?.stop()
    await store.close()
  }
  return { app, stop }
}

/** Who may do what and lives, whose records are read, what runs out, and the collector's figures of itself. */
function observe(
  { store, nowMs, version, serving, logger, readerLimits, disk }: Assembly,
  live: LiveSites,
  ledger: Ledger | null,
  waiting: () => number,
) {
  const known = new KnownAccess(store.access, () => performance.now())
  const expiry = new Expiry(known, () => serving?.expiresMs?.() ?? null, nowMs)
  const sites = () => live.size
  // Behind a proxy all come from one address.
  const perAddress = serving?.behindProxy ? Infinity : readerLimits?.connectionsPerAddress
  const connections = new Connections(openFiles(readLimits()), nowMs, perAddress)
  const metrics = processMetrics(version, { waiting, sites, ledger, expiry, connections, disk })
  const intake = newIntake(known, logger)
  const warnings = () => warningsOf(known, expiry, ledger, connections)
  const heartbeats = new Heartbeats(nowMs)
  const failed = new FailedQuarters(nowMs)
  return { known, heartbeats, failed, expiry, metrics, intake, connections, warnings }
}

/** As many threads as leave one core for answering. */
function newIntake(known: KnownAccess, logger: FastifyBaseLogger | null): Intake {
  return new Intake({
    threads: Math.max(
      INTAKE_THREADS.least,
      Math.min(INTAKE_THREADS.most, availableParallelism() - 1),
    ),
    keys: () => known.listedKeys,
    monotonicMs: () => performance.now(),
    onTrouble: (err) => logger?.error({ err }, 'a thread of the intake failed: started anew'),
  })
}

function groupCommit(
  store: Store,
  maxWaiting: number,
  onCommit: (records: number, tookMs: number) => void,
): GroupCommit {
  return new GroupCommit({
    ...{ store, maxWaiting, onCommit, waitMs: GROUP_WAIT_MS, maxGroup: MAX_GROUP },
    monotonicMs: () => performance.now(),
  })
}

/** The collector's own work between requests; in a shared database it follows the other collectors. */
async function beginBackground(
  parts: Assembly,
  made: Made & { readonly live: LiveSites },
): Promise<Loop> {
  const { store, nowMs, logger } = parts
  const { live } = made
  const loops = [beginHistory(parts, made), forgetAttempts(parts)]
  const { disk } = parts
  if (disk !== undefined) {
    loops.push(
      startLoop({
        turn: () => disk.keepBallast().then(() => 0),
        restMs: BALLAST_MS,
        onError: (err) => logger?.warn({ err }, 'ballast file not made: tried again'),
      }),
    )
  }
  if ((await store.health()).dialect === 'postgres') {
    const follower = new Follower({ store, live, nowMs })
    loops.push(
      startLoop({
        turn: () => follower.poll().then(() => 0),
        restMs: FOLLOW_MS,
        onError: (err) => logger?.error({ err }, 'other collectors not followed: tried again'),
      }),
    )
  }
  return { stop: async () => void (await Promise.all(loops.map((loop) => loop.stop()))) }
}

/** The log that records and entries get their places in; it turns until it is stopped. */
async function beginLedger(
  { store, nowMs, logger, ledger: options }: Assembly,
  waiting: () => number,
): Promise<Ledger | null> {
  if (options === undefined) return null
  const ledger = await openLedger(options, { store, nowMs, waiting, ...ledgerTold(logger) })
  ledger.start()
  return ledger
}

interface Made {
  readonly judging: Judging
  readonly journal: Journal | null
  readonly plans: PlanDesk
  readonly failed: FailedQuarters
}

function beginHistory(parts: Assembly, { judging, journal, plans, failed }: Made) {
  const { store, profiles, nowMs, logger, keep = null } = parts
  const { profile } = profiles
  return startHistory({
    ...{ store, book: store.history, judging, profile, nowMs, keep },
    planned: (site: string) => plans.profileSha256(site),
    ...{ journal, failed, log: logger },
  })
}

async function loadLive(store: Store, nowMs: number): Promise<LiveSites> {
  const live = new LiveSites()
  for (let after: AgentKey | null = null; ; ) {
    const page: readonly AgentState[] = await store.newest(after, AGENTS_PER_PAGE)
    live.load(page, [])
    const last = page.at(-1)?.newest
    if (last === undefined) break
    after = { site: last.site, agent: last.agent }
  }
  live.load([], await store.boots())
  await loadCarried({ store, live }, live.names(), nowMs, SITES_PER_READ)
  return live
}
