import { readFileSync } from 'node:fs'
import { Fault } from '../../shared/errors.ts'
import { LONGEST_TIME_MS } from '../../shared/evidence/bundle.ts'
import { openProfileBook } from '../profile-book.ts'
import { NO_SITES, openSiteBook } from '../site-book.ts'
import { openStore, requireDatabase } from '../store/open.ts'
import { witnessSettings } from '../witness/settings.ts'
import { wholeQuarters } from './ask.ts'
import { bundleLines } from './collect.ts'
import { packStream } from './pack.ts'
import { sourcesOf } from './sources.ts'
import type { OtherLog } from './span.ts'

export interface OfflineOptions {
  readonly dataDirectory: string
  /** URL of a PostgreSQL; left out: SQLite in the data directory. */
  readonly database?: string
  readonly profile: readonly string[]
  /** Folder of site files, as the collector was given. */
  readonly sites?: string
  /** Policy of witnesses, as the collector was given. */
  readonly witnessPolicy?: string
  readonly site: string
  /** Milliseconds since 1970. */
  readonly fromMs: number
  readonly toMs: number
  /** Origin of the log to cut it of; left out: the newest with records of that time. */
  readonly log?: string
  /** Hears of logs with records of that time that are not in it. */
  readonly onElsewhere?: (elsewhere: readonly OtherLog[]) => void
}

/**
 * The octets of a bundle from a collector's data; null when nothing was logged, or not in that log.
 * @throws Fault USAGE when no quarter hour lies between, STORE and CONFIG_* as the collector's start
 */
export async function offlineBundle(options: OfflineOptions): Promise<Uint8Array | null> {
  const nowMs = Date.now()
  const time = wholeQuarters(options.fromMs, options.toMs, nowMs)
  if (time === null) throw new Fault('USAGE', '--from, --to', 'a quarter hour that is over', 'none')
  if (time.toMs - time.fromMs > LONGEST_TIME_MS) {
    const days = LONGEST_TIME_MS / 86_400_000
    throw new Fault('USAGE', '--from, --to', `${days} days at most`, 'a longer time')
  }
  const { database = null, dataDirectory, sites: folder } = options
  requireDatabase({ database, dataDirectory })
  const sites = folder === undefined ? NO_SITES : await openSiteBook(folder)
  const store = await openStore({ database, dataDirectory }, nowMs)
  try {
    const profiles = await openProfileBook(store, options.profile, sites.profiles, nowMs)
    const { policy } = witnessSettings([], options.witnessPolicy ?? null)
    const said = sites.site(options.site)
    const by = { profiles: profiles.all(), said, version: version(), policy }
    const { site, log, onElsewhere } = options
    const ask = { site, ...time, ...(log === undefined ? {} : { log }) }
    const cut = await bundleLines(sourcesOf(store, by), ask)
    if (cut === null) return null
    onElsewhere?.(cut.elsewhere)
    return await packStream(cut.lines)
  } finally {
    await store.close()
  }
}

/** From package.json: two folders up from source, three from dist. */
function version(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      return String(JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')).version)
    } catch {
      // Not at this height.
    }
  }
  return 'unknown'
}
