import { randomUUID } from 'node:crypto'
import type { LoadedSite } from '../../config/load.ts'
import { loadSiteApart } from '../../config/load-apart.ts'
import { EXIT } from '../../shared/errors.ts'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { formatVkey, vkeyOf } from '../../shared/evidence/vkey.ts'
import type { AgentOptions } from '../cli/agent.ts'
import { type Log, makeLog } from '../log.ts'
import { Spool } from '../uplink/spool.ts'
import { toolVersion } from '../version.ts'
import { agentSigner, stateFolder } from './agent-key.ts'
import { collectorUrl, tokenReader } from './collector.ts'
import { keepChecking } from './keep-checking.ts'
import { keepMeasuring } from './keep-measuring.ts'
import { measureLimitsOf } from './observe.ts'
import type { RecordHead } from './record.ts'
import { Recorder } from './recorder.ts'
import { openUplink } from './uplink.ts'

const DAY_MS = 86_400_000

/**
 * `voip-ready agent`: measures all the time, makes a record of every minute, and delivers it. Comes
 * back when it was told to stop (SIGTERM, SIGINT), with everything seen until then in the spool.
 */
export async function runAgent(options: AgentOptions): Promise<number> {
  const log = makeLog(
    options.json === true ? 'json' : 'lines',
    (line) => process.stderr.write(line),
    Date.now,
  )
  const url = collectorUrl(options.collector)
  const readToken = tokenReader(options.tokenFile)
  readToken()
  // In a process of its own: what parsing YAML needs would stay in this one for months.
  const loaded = await loadSiteApart(options.site)
  const head = headOf(options, loaded)
  const spool = openSpool(options, head, log)
  const uplink = await openUplink({ url, readToken, spool, log })
  const recorder = new Recorder({
    ...{ spool, log, head },
    limits: measureLimitsOf(loaded.profile.profile),
    site: loaded.site,
    onRecord: (name) => uplink.offer(name),
    monotonicMs: () => performance.now(),
  })
  log.info('the agent measures', {
    site: loaded.site.site,
    profile: loaded.profile.profile.id,
    collector: url.origin,
  })
  const stop = stopSignal(log)
  const checks = keepChecking({
    ...{ everyMs: options.checks, siteFile: options.site, loaded, recorder, log, stop },
  })
  await keepMeasuring({ loaded, where: options.site, engine: options.engine, log, recorder, stop })
  await checks
  recorder.finish()
  await uplink.stop()
  spool.close()
  log.info('the agent has stopped', { waiting: spool.pending.length })
  return EXIT.pass
}

function headOf(options: AgentOptions, loaded: LoadedSite) {
  const { id, version } = loaded.profile.profile
  return {
    site: loaded.site.site,
    agent: options.name ?? loaded.site.site,
    version: toolVersion(),
    profile: { id, version, sha256: loaded.profile.sha256 },
  }
}

/** What it keeps is signed with the agent's key, where there is one. */
function openSpool(options: AgentOptions, head: RecordHead, log: Log): Spool {
  const limits = { maxBytes: options.spoolSize, maxDays: options.spoolAge / DAY_MS }
  const signer = agentSigner(stateFolder(options), head.site, head.agent)
  const spool = new Spool(options.spool, limits, randomUUID(), undefined, signer)
  tellKey(signer, log)
  tellSpool(spool, log)
  return spool
}

function tellKey(signer: Signer | null, log: Log): void {
  if (signer !== null) {
    log.info('records are signed', { key: formatVkey(vkeyOf(nodeCrypto, signer)) })
    return
  }
  const mend = 'enrol this agent, or give --state where its agent.key is'
  log.warn('records are not signed: they prove nothing to anybody but the collector', { mend })
}

function tellSpool(spool: Spool, log: Log): void {
  for (const name of spool.damaged) {
    log.error('a spooled record was damaged and is in damaged/ now', { record: name })
  }
  const refused = spool.refusedCount
  if (refused > 0) {
    const mend = 'see the .why.txt files; move records back to pending/ to try again'
    log.warn('records that the collector refused are in refused/', { records: refused, mend })
  }
  if (spool.pending.length > 0) {
    log.info('records from before wait for the collector', { waiting: spool.pending.length })
  }
}

/** Aborts at the first SIGTERM or SIGINT; a second one ends the process at once. */
function stopSignal(log: Log): AbortSignal {
  const stopping = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info('stopping: the minute under way is closed and kept', { signal })
      stopping.abort()
    })
  }
  return stopping.signal
}
