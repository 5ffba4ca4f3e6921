import { join } from 'node:path'
import { Server as TlsServer } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { Fault } from '../shared/errors.ts'
import type { ReadAccess } from './access/guard.ts'
import { followTokenFile, type TokenBook } from './access/token-file.ts'
import { type Assembled, assemble } from './assemble.ts'
import { Disk } from './disk.ts'
import type { Keep } from './history/keeper.ts'
import { type LedgerSettings, ledgerOptions } from './ledger-settings.ts'
import { openProfileBook } from './profile-book.ts'
import type { ReaderLimits } from './reader-limits.ts'
import { NO_SITES, openSiteBook } from './site-book.ts'
import { openStore } from './store/open.ts'
import { type Certificate, followCertificate, readCertificate, type TlsFiles } from './tls.ts'

export interface CollectorOptions {
  readonly host: string
  /** 0 lets the kernel choose. */
  readonly port: number
  readonly dataDirectory: string
  /** URL of a PostgreSQL that keeps the records; null: SQLite in the data directory. */
  readonly database: string | null
  /** Ids or paths; empty: the profiles that come with the program. */
  readonly profiles: readonly string[]
  /** Folder of site files; null: none, and lines that need site values cannot pass. */
  readonly sitesDirectory: string | null
  /** Default: tokens.json in the data directory. */
  readonly tokenFile: string | null
  readonly readAccess: ReadAccess
  /** Names that `open` readers may ask by, besides addresses and that of `publicUrl`; left out: none. */
  readonly ownNames?: readonly string[]
  /** Files of the certificate; null: plain HTTP. */
  readonly tls: TlsFiles | null
  /** Address that agents reach the collector by; null: the one that a request was sent to. */
  readonly publicUrl: string | null
  readonly behindProxy: boolean
  /** Other bounds of one reader, or address, than the usual ones. */
  readonly readerLimits?: Partial<ReaderLimits>
  /** How long records and history are kept; left out: for ever. */
  readonly keep?: Keep
  /** Name and key of the log; left out: as they come by default. */
  readonly ledger?: LedgerSettings
  readonly version: string
  readonly logger: FastifyBaseLogger
}

export interface RunningCollector {
  readonly url: string
  /** Takes no more, writes what was taken, answers, and closes. */
  readonly stop: () => Promise<void>
}

/**
 * How much the heap grows between two full collections, %: by default it comes to twice what lives in
 * it, and with ten thousand sites that is sixty megabytes for nothing; CPU is no more (measured). A
 * Node that knew no such flag would say so on stderr, and go on.
 */
const SPARING = '--heap-growing-percent=50'

/**
 * Starts a collector: opens the store, rebuilds the newest state, listens.
 * @throws Fault STORE, CONFIG_*, PORT_IN_USE or NOT_PERMITTED, each with one line for the operator
 */
export async function startCollector(options: CollectorOptions): Promise<RunningCollector> {
  setFlagsFromString(SPARING)
  const book = openTokenBook(options)
  const folder = options.sitesDirectory
  const sites = folder === null ? NO_SITES : await openSiteBook(folder)
  const serving = servingOf(options)
  const store = await openStore(options, Date.now())
  let stop = () => store.close()
  try {
    const assembled = await assemble({
      ...options,
      ...{ store, book, sites, serving: serving.how },
      profiles: await openProfileBook(store, options.profiles, sites.profiles, Date.now()),
      listenHost: options.host,
      nowMs: Date.now,
      ...(options.database === null ? { disk: new Disk(options.dataDirectory) } : {}),
      ledger: ledgerOptions(options.dataDirectory, options.ledger ?? {}),
    })
    stop = serving.follow(assembled)
    return { url: await listen(assembled.app, options), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What is served by, and how to follow its certificate from the moment that something listens. */
function servingOf({ tls, publicUrl, behindProxy, logger }: CollectorOptions) {
  let certificate: Certificate | null = tls === null ? null : readCertificate(tls)
  const pin = () => certificate?.pin ?? null
  const follow = ({ app, stop }: Assembled): (() => Promise<void>) => {
    const server = app.server
    if (tls === null || !(server instanceof TlsServer)) return stop
    const end = followCertificate(
      tls,
      (renewed) => {
        certificate = renewed
        server.setSecureContext({ cert: renewed.cert, key: renewed.key })
        logger.info({ notAfter: new Date(renewed.notAfterMs) }, 'a new certificate is served')
      },
      (error) => logger.error({ err: error }, 'certificate not read: the one before still serves'),
    )
    return () => {
      end()
      return stop()
    }
  }
  const expiresMs = () => certificate?.notAfterMs ?? null
  return { how: { behindProxy, publicUrl, tls: certificate, pin, expiresMs }, follow }
}

/** The token file is read first: a broken one must not leave a half-started collector behind. */
function openTokenBook({ tokenFile, dataDirectory, logger }: CollectorOptions): TokenBook {
  const file = tokenFile ?? join(dataDirectory, 'tokens.json')
  return followTokenFile(file, Date.now, (error) =>
    logger.error({ err: error }, 'token file not read: the tokens known before still hold'),
  )
}

async function listen(app: FastifyInstance, { host, port }: CollectorOptions): Promise<string> {
  try {
    return await app.listen({ host, port, listenTextResolver: () => 'socket open' })
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
