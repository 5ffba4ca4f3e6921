import { resolve } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { Fault } from '../shared/errors.ts'
import type { ReadAccess } from './access/guard.ts'
import { isLoopback } from './access/host-name.ts'
import { keepFor } from './history/keep-option.ts'
import { noteServed, portOf } from './last-served.ts'
import type { LedgerSettings } from './ledger-settings.ts'
import { collectorLog } from './log.ts'
import { startCollector } from './main.ts'

/** What the command line says of a collector that serves. */
export interface ServeOptions extends LedgerSettings {
  readonly listen: { readonly host: string; readonly port: number }
  readonly data: string
  readonly database?: string
  readonly profile: readonly string[]
  readonly sites?: string
  readonly tokens?: string
  readonly readAccess: ReadAccess
  readonly hostName: readonly string[]
  readonly keepRecords: number
  readonly keepHistory: number
  readonly logLevel: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly url?: string
  readonly behindProxy?: boolean
  readonly insecureHttp?: boolean
  readonly connectionsPerAddress?: number
  readonly watchersPerReader: number
  readonly jobsPerReader: number
  readonly json?: boolean
}

/** Runs until SIGTERM or SIGINT, then finishes what was taken; a second signal ends it at once. */
export async function serve(options: ServeOptions, version: string): Promise<void> {
  const log = collectorLog(options.json ?? false, options.logLevel)
  const { host, port } = options.listen
  const asked = firstSignal()
  const collector = await startCollector({
    ...{ host, port },
    dataDirectory: resolve(options.data),
    database: options.database ?? null,
    profiles: options.profile,
    sitesDirectory: options.sites ?? null,
    tokenFile: options.tokens ?? null,
    ledger: options,
    ...{ readAccess: options.readAccess, ownNames: options.hostName },
    ...servingOf(options),
    readerLimits: {
      connectionsPerAddress: options.connectionsPerAddress ?? null,
      watchersPerReader: options.watchersPerReader,
      jobsPerReader: options.jobsPerReader,
    },
    keep: keep(options),
    version,
    logger: log,
  })
  log.info({ url: collector.url, data: resolve(options.data) }, 'listening')
  note(options, portOf(collector.url), log)
  if (options.readAccess === 'open' && !isLoopback(host)) {
    log.warn('anyone who reaches this port may read (--read-access open)')
  }
  const signal = await asked
  log.info({ signal }, 'stopping')
  await collector.stop()
  log.info('stopped')
}

/** A disk that is full now does not keep a collector from serving. */
function note(options: ServeOptions, port: number, log: FastifyBaseLogger): void {
  const { listen, data, database, url = null, tlsCert, tlsKey } = options
  const whole = (file: string | undefined) => (file === undefined ? null : resolve(file))
  try {
    noteServed(resolve(data), {
      ...{ listen: { ...listen, port }, url, database: database !== undefined },
      ...{ tlsCert: whole(tlsCert), tlsKey: whole(tlsKey) },
    })
  } catch (error) {
    log.warn({ err: error }, 'not noted: commands typed beside it need its --listen and --tls-cert')
  }
}

/** What a pin touches stays longer, and so does what is not in the history and the ledger yet. */
function keep({ keepRecords, keepHistory }: ServeOptions) {
  const kept = keepFor(keepRecords, keepHistory)
  if (typeof kept !== 'string') return kept
  throw new Fault('USAGE', 'options', kept, `${keepRecords}d and ${keepHistory}d`)
}

/** How it is reached. @throws Fault USAGE for plain HTTP that others could hear, or half a certificate */
function servingOf(options: ServeOptions) {
  const { tlsCert, tlsKey, url = null, behindProxy = false, insecureHttp = false } = options
  const { host } = options.listen
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new Fault('USAGE', '--tls-cert, --tls-key', 'both', 'one of them')
  }
  const tls = tlsCert === undefined || tlsKey === undefined ? null : { cert: tlsCert, key: tlsKey }
  if (tls === null && !isLoopback(host) && !behindProxy && !insecureHttp) {
    const repair =
      'give --tls-cert and --tls-key, or --behind-proxy; --insecure-http takes the risk that others listen'
    throw new Fault('USAGE', `--listen ${host}`, 'HTTPS beyond loopback', 'plain HTTP', repair)
  }
  return { tls, publicUrl: url, behindProxy }
}

function firstSignal(): Promise<string> {
  return new Promise((done) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.once(name, () => {
        process.once(name, () => process.exit(128 + (name === 'SIGINT' ? 2 : 15)))
        done(name)
      })
    }
  })
}
