import { randomUUID } from 'node:crypto'
import { loadSiteApart } from '../../config/load-apart.ts'
import { writeDurably } from '../../shared/disk/durable.ts'
import { EXIT, Fault } from '../../shared/errors.ts'
import type { AgentOptions } from '../cli/agent.ts'
import { type Log, makeLog } from '../log.ts'
import type { RowsRing } from '../rows/ring.ts'
import { type Connections, openConnections } from '../uplink/connections.ts'
import { signedClientOn } from '../uplink/signed-client.ts'
import { Spool } from '../uplink/spool.ts'
import { Spread } from '../uplink/spread.ts'
import type { Uplink } from '../uplink/uplink.ts'
import { bringRows } from './bring-rows.ts'
import { Fieldwork, type Job } from './fieldwork.ts'
import { keepCheckpoints } from './keep-checkpoints.ts'
import { keepKeyFresh } from './keep-key-fresh.ts'
import { NewsBoard } from './news-board.ts'
import { obeyCollector } from './obey-collector.ts'
import { openRing } from './open-ring.ts'
import { OwnLoad } from './own-load.ts'
import { followsPlan, type Standing, standingOf } from './standing.ts'
import { openUplink } from './uplink.ts'

const DAY_MS = 86_400_000
const ROOM_FOR_RECORDS = 2 ** 20

/**
 * `voip-ready agent`: measures all the time, makes a record of every minute, and delivers it. Comes
 * back when it was told to stop (SIGTERM, SIGINT), with everything seen until then in the spool.
 */
export async function runAgent(options: AgentOptions): Promise<number> {
  const log = logOf(options)
  const standing = standingOf(options)
  const job = await jobOf(options, standing, log)
  const ring = openRing(options, standing, log)
  const spool = openSpool(options, standing, ring, log)
  const { live, url, pin, readToken } = standing
  const connections = await openConnections(url, pin)
  const spread = new Spread(Math.random())
  const uplink = openUplink({ connections, readToken, spool, spread, log })
  const stopping = stopSignal(log)
  const { signal: stop } = stopping
  const faults: unknown[] = []
  // For what an enrolled agent asks beside its records: its plan, and the log.
  const client = live === null ? null : signedClientOn(connections, live.current)
  const news = new NewsBoard(() => performance.now())
  const ledger = keepCheckpoints({ standing, client, news, log, stop })
  const ownLoad = new OwnLoad(Date.now)
  const { engine } = options
  const work = new Fieldwork({
    ...{ engine, spool, ring, log, ownLoad, agent: (site) => nameOf(options, standing, site) },
    logWord: ledger.word,
    onRecord: (name) => uplink.offer(name),
    onFault: (error) => {
      faults.push(error)
      stopping.abort()
    },
  })
  const fresh = keepKeyFresh({ standing, spool, log, stop })
  const bringing = bringRows({ client, ring, news, log, stop })
  if (job !== null) await measureBySite(work, job, standing, log)
  const siteFile = job?.where ?? null
  const orders = { work, standing, client, engine, ownLoad, news, spread, log, siteFile, stop }
  await Promise.all([obeyCollector(orders), untilAborted(stop)])
  await work.stop()
  await Promise.all([fresh, bringing, ledger.ended])
  await finish({ ring, uplink, spool, connections, log })
  if (faults.length > 0) throw faults[0]
  return EXIT.pass
}

function logOf({ json }: AgentOptions): Log {
  const form = json === true ? 'json' : 'lines'
  return makeLog(form, (line) => process.stderr.write(line), Date.now)
}

interface Finishing {
  readonly ring: RowsRing | null
  readonly uplink: Uplink
  readonly spool: Spool
  readonly connections: Connections
  readonly log: Log
}

async function finish({ ring, uplink, spool, connections, log }: Finishing): Promise<void> {
  await ring?.close()
  await uplink.stop()
  spool.close()
  log.info('the agent has stopped', { waiting: spool.pending.length })
  connections.close()
}

async function measureBySite(
  work: Fieldwork,
  job: Job,
  { url }: Standing,
  log: Log,
): Promise<void> {
  const { site, profile } = job.loaded
  const facts = { site: site.site, profile: profile.profile.id, collector: url.origin }
  log.info('the agent measures', facts)
  await work.apply(job)
}

const CHECKS_UNUSED =
  '--checks is not used: the plan says how often (schedule.checksEveryMs; with --site it is used)'
const USUAL_CHECKS_MS = 3_600_000

/** What its site file asks for; null where a plan is followed. */
async function jobOf(options: AgentOptions, standing: Standing, log: Log): Promise<Job | null> {
  if (!followsPlan(options, standing)) return jobOfSite(options, standing)
  if (options.checks !== undefined) log.warn(CHECKS_UNUSED)
  return null
}

/** What a site file asks for. In a process of its own: what parsing needs would stay for months. */
async function jobOfSite(options: AgentOptions, { live }: Standing): Promise<Job> {
  const where = options.site ?? ''
  const loaded = await loadSiteApart(where)
  const identity = live?.current().identity
  if (identity !== undefined && identity.site !== loaded.site.site) {
    const repair = 'name the site file of that site, or enrol again for this one'
    throw new Fault('CONFIG_VALUE', `${where}: site`, identity.site, loaded.site.site, repair)
  }
  const { checks = USUAL_CHECKS_MS } = options
  const checksEveryMs = checks === 0 ? null : checks
  return { loaded, where, checksEveryMs, calls: 1, codec: 'g711' }
}

function nameOf(options: AgentOptions, { live }: Standing, site: string): string {
  return live?.current().identity.agent ?? options.name ?? site
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** What it keeps is signed with the agent's key, where there is one. */
function openSpool(
  options: AgentOptions,
  { live, spool: folder }: Standing,
  ring: RowsRing | null,
  log: Log,
): Spool {
  const limits = { maxBytes: options.spoolSize, maxDays: options.spoolAge / DAY_MS }
  const write: typeof writeDurably = (directory, name, content) => {
    try {
      writeDurably(directory, name, content)
    } catch (error) {
      // Raw rows make room for records, never the other way round.
      if ((ring?.giveUp(ROOM_FOR_RECORDS) ?? 0) === 0) throw error
      writeDurably(directory, name, content)
    }
  }
  const spool = new Spool(folder, limits, randomUUID(), write, live?.signer ?? null)
  tellKey(live, log)
  tellSpool(spool, log)
  return spool
}

function tellKey(live: Standing['live'], log: Log): void {
  if (live !== null) {
    log.info('records are signed', { key: live.current().identity.vkey })
    return
  }
  const mend = 'enrol this agent: voip-ready agent enrol --help'
  log.warn('records are not signed: they prove nothing to anybody but the collector', { mend })
}

function tellSpool(spool: Spool, log: Log): void {
  for (const name of spool.damaged) {
    log.error('a spooled record was damaged and is in damaged/ now', { record: name })
  }
  const refused = spool.setAside.names.length
  if (refused > 0) {
    const mend = 'see the .why.txt files; they are offered again, in case the collector was updated'
    log.warn('records that the collector refused are in refused/', { records: refused, mend })
  }
  if (spool.pending.length > 0) {
    log.info('records from before wait for the collector', { waiting: spool.pending.length })
  }
}

/** Aborts at the first SIGTERM or SIGINT; a second one ends the process at once. */
function stopSignal(log: Log): AbortController {
  const stopping = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info('stopping: the minute under way is closed and kept', { signal })
      stopping.abort()
    })
  }
  return stopping
}
