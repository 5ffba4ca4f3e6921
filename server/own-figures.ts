import type { KnownAccess } from './access/known.ts'
import type { Connections } from './connections.ts'
import type { Disk } from './disk.ts'
import type { Expiry } from './expiry.ts'
import type { Ledger } from './ledger/ledger.ts'
import { type OwnMetrics, ownMetrics } from './metrics/own.ts'
import type { Reason } from './readiness.ts'

/** What is to be seen to, and keeps nobody from being measured. */
export async function warningsOf(
  known: KnownAccess,
  expiry: Expiry,
  ledger: Ledger | null,
  connections: Pick<Connections, 'warning'>,
): Promise<Reason[]> {
  await known.fresh()
  const conflicts = ledger?.seen.conflicts.length ?? 0
  const found = `${conflicts} agents were shown another log than this`
  const repair = 'was a database put back, or a machine? GET /api/v1/ledger names them'
  const full = connections.warning()
  const warnings = [...expiry.warnings(), ...(full === null ? [] : [full])]
  return [...warnings, ...(conflicts === 0 ? [] : [{ what: 'ledger', found, repair }])]
}

/** The collector's metrics of itself, with the figures of its own process. */
export function processMetrics(
  version: string,
  about: {
    readonly waiting: () => number
    readonly sites: () => number
    readonly ledger: Ledger | null
    readonly expiry: Expiry
    readonly connections: Connections
    readonly disk: Disk | undefined
  },
): OwnMetrics {
  const { waiting, sites, ledger, expiry, connections, disk } = about
  const cpuSeconds = () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }
  const startSeconds = Date.now() / 1000 - process.uptime()
  const residentBytes = () => process.memoryUsage.rss()
  return ownMetrics({
    ...{ version, waiting, sites, ledger, connections },
    expiry: { certificateMs: () => expiry.certificateMs(), tokens: () => expiry.tokens() },
    disk: disk === undefined ? null : () => disk.room(),
    process: { residentBytes, cpuSeconds, startSeconds },
  })
}
