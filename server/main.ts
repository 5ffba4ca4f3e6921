import { join } from 'node:path'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { Fault } from '../shared/errors.ts'
import type { ReadAccess } from './access/guard.ts'
import { followTokenFile, type TokenBook } from './access/token-file.ts'
import { assemble } from './assemble.ts'
import { openProfileBook } from './profile-book.ts'
import { NO_SITES, openSiteBook } from './site-book.ts'
import { openStore } from './store/open.ts'

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
  readonly version: string
  readonly logger: FastifyBaseLogger
}

export interface RunningCollector {
  readonly url: string
  /** Takes no more, writes what was taken, answers, and closes. */
  readonly stop: () => Promise<void>
}

/**
 * Starts a collector: opens the store, rebuilds the newest state, listens.
 * @throws Fault STORE, CONFIG_*, PORT_IN_USE or NOT_PERMITTED, each with one line for the operator
 */
export async function startCollector(options: CollectorOptions): Promise<RunningCollector> {
  const book = openTokenBook(options)
  const folder = options.sitesDirectory
  const sites = folder === null ? NO_SITES : await openSiteBook(folder)
  const store = await openStore(options, Date.now())
  let stop = () => store.close()
  try {
    const assembled = await assemble({
      ...options,
      ...{ store, book, sites },
      profiles: await openProfileBook(store, options.profiles, sites.profiles, Date.now()),
      listenHost: options.host,
      nowMs: Date.now,
    })
    stop = assembled.stop
    return { url: await listen(assembled.app, options), stop }
  } catch (error) {
    await stop()
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
