import { join } from 'node:path'
import { loadProfile, profileIds } from '../../config/load.ts'
import { readTokens } from '../access/token-file.ts'
import { readLimits } from '../open-files.ts'
import { readCertificate, type TlsFiles } from '../tls.ts'
import { type Checkup, good, lacking } from './checkup.ts'
import { checkDatabase, collectorRuns } from './database-checkup.ts'
import {
  checkDirectory,
  checkSecrets,
  judgeSpace,
  judgeSync,
  measureSync,
  readSpace,
} from './disk.ts'
import { checkExpiry } from './expiry-checkup.ts'
import { type Ask, checkClock, checkPort, judgeOpenFiles } from './host.ts'
import { checkLog } from './log-checkup.ts'

export interface DoctorOptions {
  readonly dataDirectory: string
  readonly database: string | null
  readonly host: string
  readonly port: number
  readonly profiles: readonly string[]
  readonly tokenFile: string | null
  readonly tls: TlsFiles | null
  /** File of the key that signs the log; null: the one in the data directory. */
  readonly logKey: string | null
  readonly nowMs: number
  readonly ask: Ask
}

const DAY_MS = 24 * 3600 * 1000
const RENEW_DAYS = 21

/**
 * Looks at everything that a collector with these options needs, and lists all of it. Changes nothing
 * but a probe file that goes again; a collector may run meanwhile.
 */
export async function visit(options: DoctorOptions): Promise<Checkup[]> {
  const { dataDirectory, database, host, port, profiles, tls, nowMs, ask } = options
  const directory = checkDirectory(dataDirectory)
  const tokens = options.tokenFile ?? join(dataDirectory, 'tokens.json')
  const keyFile = options.logKey ?? join(dataDirectory, 'keys', 'log.key')
  const secrets = tls === null ? [tokens] : [tokens, tls.key]
  return [
    directory,
    attempt('disk space', () => judgeSpace(readSpace(dataDirectory))),
    directory.state === 'broken'
      ? lacking('fsync', 'unknown', 'nothing can be written there', 'mend the data directory')
      : attempt('fsync', () => judgeSync(measureSync(dataDirectory))),
    await checkDatabase(dataDirectory, database),
    await checkLog(dataDirectory, database, keyFile),
    attempt('token file', () => good('token file', `${readTokens(tokens).length} tokens`)),
    attempt('secret files', () => checkSecrets(secrets, join(dataDirectory, 'keys'))),
    attempt('certificate', () => checkCertificate(tls, nowMs)),
    await checkExpiry(dataDirectory, database, nowMs),
    await checkProfiles(profiles),
    await checkPort(host, port, database === null ? collectorRuns(dataDirectory) : null),
    await checkClock(ask),
    judgeOpenFiles(readLimits()),
  ]
}

/** What cannot be looked at is broken, with the reason. */
function attempt(name: string, look: () => Checkup): Checkup {
  try {
    return look()
  } catch (error) {
    return lacking(name, 'broken', messageOf(error), 'mend what is named')
  }
}

function checkCertificate(tls: TlsFiles | null, nowMs: number): Checkup {
  const name = 'certificate'
  if (tls === null) return good(name, 'none asked for: HTTP, or a proxy in front')
  const { notAfterMs } = readCertificate(tls)
  const days = Math.floor((notAfterMs - nowMs) / DAY_MS)
  const until = new Date(notAfterMs).toISOString()
  const repair = 'renew it with the same key: agents have pinned that'
  if (notAfterMs <= nowMs) return lacking(name, 'broken', `expired at ${until}`, repair)
  const found = `holds until ${until} (${days} days)`
  return days < RENEW_DAYS ? lacking(name, 'doubtful', found, repair) : good(name, found)
}

async function checkProfiles(names: readonly string[]): Promise<Checkup> {
  const asked = names.length > 0 ? names : profileIds()
  try {
    const loaded = await Promise.all(asked.map((name) => loadProfile(name)))
    const said = loaded.map(({ profile }) => `${profile.id} ${profile.version}`)
    return good('profiles', said.join(', '))
  } catch (error) {
    return lacking('profiles', 'broken', messageOf(error), 'mend the file, or leave it out')
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
