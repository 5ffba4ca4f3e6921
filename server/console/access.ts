import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { trustIn } from '../../config/named-certificate.ts'
import { Fault } from '../../shared/errors.ts'
import { newSecret } from '../access/bearer.ts'
import { collectorUrl, type Reached } from '../access/collector-url.ts'
import { atDesk, type ConsoleOptions, consoleActor } from '../access/console.ts'
import { auditOf } from '../access/desk.ts'
import { SOONER_MS } from '../access/known.ts'
import { Api } from './api.ts'

/** Options of the commands that talk to a running collector. */
export interface ApiOptions extends ConsoleOptions, Reached {
  readonly tokenFile?: string
}

/** As long as somebody may watch a run from the command line. */
const TOKEN_MS = 2 * 3_600_000

/**
 * Lets a command ask a running collector. With --token-file it may be anywhere; without, whoever may
 * write the collector's store is its administrator, and gets a token for as long as the command runs.
 * @throws Fault USAGE where there is neither; what `act` throws
 */
export async function atApi<T>(options: ApiOptions, act: (api: Api) => Promise<T>): Promise<T> {
  const url = collectorUrl(options)
  const trust = options.tlsCert === undefined ? null : trustIn(options.tlsCert)
  if (options.tokenFile !== undefined) {
    const token = readText(options.tokenFile).trim()
    return act(new Api({ url, trust, token }))
  }
  requireStore(options)
  const { written: token, id, secretSha256 } = newSecret()
  await addToken(options, { id, secretSha256 })
  // A running collector that looked a moment ago would not know it yet.
  await sleep(1.5 * SOONER_MS)
  try {
    return await act(new Api({ url, trust, token }))
  } finally {
    await dropToken(options, id)
  }
}

/** A command must not make a store: an empty one would know no collector. */
function requireStore({ data, database }: ApiOptions): void {
  if (database !== undefined || existsSync(join(resolve(data), 'collector.sqlite'))) return
  const repair =
    'name the --data or --database of the collector, or --token-file with an administrator’s token'
  throw new Fault('USAGE', resolve(data), "a collector's data directory", 'none', repair)
}

async function addToken(
  options: ApiOptions,
  secret: { readonly id: string; readonly secretSha256: string },
): Promise<void> {
  const name = consoleActor().replace(/[^a-z0-9-]/g, '-')
  const addedMs = Date.now()
  const expiresMs = addedMs + TOKEN_MS
  const owner = { role: 'admin', name, customer: null, site: null, agent: null } as const
  await atDesk(options, (desk) => {
    const detail = { token: secret.id, role: owner.role, name, customer: null, expiresMs }
    const audit = auditOf(desk, consoleActor(), 'token.add', null, detail)
    return desk.book.addToken({ ...owner, ...secret, addedMs, expiresMs }, audit)
  })
}

async function dropToken(options: ApiOptions, id: string): Promise<void> {
  await atDesk(options, (desk) => {
    const audit = auditOf(desk, consoleActor(), 'token.revoke', null, { token: id })
    return desk.book.revokeToken(id, desk.nowMs(), audit)
  })
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? 'an error'
    throw new Fault('CONFIG_READ', file, 'a file that can be read', found)
  }
}
