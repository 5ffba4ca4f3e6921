import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '../../shared/errors.ts'
import type { TlsFiles } from '../tls.ts'
import type { RestoredLog } from './restored-log.ts'

interface Options {
  readonly data: string
  readonly database?: string
  readonly tokens?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly logKey?: string
  readonly lastSigned?: string
  readonly sameLog?: boolean
  readonly json?: boolean
}

const BACKUP = `
The collector may go on running. Records acknowledged before the command began are in the backup.
It holds keys: keep it as you keep the data directory. PostgreSQL has tools of its own (pg_dump).

Example:
  voip-ready collector backup /backup/2026-11-23 --data /var/lib/voip-ready-collector`

const RESTORE = `
Verifies every checksum, reads the whole database, and brings its schema up to date; --data must be
empty or not there yet. Checkpoints published after the backup are of a longer log than the
restored one. Where the newest of them is not known, another log begins, with an origin of its own;
the old one stays readable. It goes on with --last-signed, when what that file tells is a part of
it, or with --same-log, your word that nothing was published since: then nothing is signed for the
first minutes, nor ever if an agent was shown more.

Example:
  voip-ready collector restore /backup/2026-11-23 --data /var/lib/voip-ready-new`

/** Adds `collector backup DIR` and `collector restore DIR`. */
export function addBackupCommands(collector: Command, version: () => string): void {
  collector
    .command('backup <dir>')
    .description('copy records, tokens and keys into a new directory, while the collector runs')
    .addHelpText('after', BACKUP)
    .action((to: string, _options: unknown, command: Command) =>
      runBackup(to, command.optsWithGlobals<Options>(), version()),
    )
  collector
    .command('restore <dir>')
    .description('make a new data directory of a backup')
    .option('--last-signed <file>', 'keys/log.key.checkpoint of the collector that was')
    .option('--same-log', 'nothing was published after the backup: go on with its log')
    .addHelpText('after', RESTORE)
    .action((from: string, _options: unknown, command: Command) =>
      runRestore(from, command.optsWithGlobals<Options>()),
    )
}

async function runBackup(to: string, options: Options, version: string): Promise<void> {
  onlySqlite(options)
  const { backUp } = await import('./backup.ts')
  const { say, clear } = liveLine()
  const manifest = await backUp({
    ...{ dataDirectory: resolve(options.data), to: resolve(to), version, nowMs: Date.now() },
    ...{ tokenFile: options.tokens ?? null, tls: tlsOf(options), onStep: say },
  }).finally(clear)
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
  const said = `${manifest.files.length} files, ${bytes} bytes, as of ${manifest.at}: ${resolve(to)}`
  print(options, { backup: resolve(to), ...manifest }, said)
}

async function runRestore(from: string, options: Options): Promise<void> {
  onlySqlite(options)
  const { restore } = await import('./restore.ts')
  const dataDirectory = resolve(options.data)
  const { logKey, lastSigned = null, sameLog = false } = options
  const { say, clear } = liveLine()
  const { manifest, log } = await restore({
    ...{ from: resolve(from), dataDirectory, nowMs: Date.now(), lastSigned, sameLog },
    ...{ logKey: logKey === undefined ? null : resolve(logKey), onStep: say },
  }).finally(clear)
  const { schemaVersion } = log
  const said = `restored as of ${manifest.at} into ${dataDirectory} (schema ${schemaVersion})`
  const lines = [said, ...logLines(log)]
  print(options, { restored: dataDirectory, at: manifest.at, ...log }, lines.join('\n'))
}

function logLines({ origin, ended, why }: RestoredLog): string[] {
  if (origin === null) return []
  if (ended === null) return [`its log goes on: ${origin}`, `  ${why}`]
  const tell = 'Tell everybody who holds the key of the old log of the new one.'
  return [`ANOTHER LOG BEGINS: ${origin}`, `  ${ended} ended: ${why}`, tell]
}

function onlySqlite({ database }: Options): void {
  if (database === undefined) return
  const found = 'a PostgreSQL database'
  const repair = 'use pg_dump and pg_restore for it, or leave out --database (DATABASE_URL)'
  throw new Fault('USAGE', '--database', 'SQLite in the data directory', found, repair)
}

/** Both files or none. @throws Fault USAGE */
export function tlsOf({ tlsCert, tlsKey }: Pick<Options, 'tlsCert' | 'tlsKey'>): TlsFiles | null {
  if (tlsCert !== undefined && tlsKey !== undefined) return { cert: tlsCert, key: tlsKey }
  if (tlsCert === undefined && tlsKey === undefined) return null
  throw new Fault('USAGE', '--tls-cert and --tls-key', 'both of them or none', 'one of them')
}

/** On a terminal one line that is written over, saying what is being done; in a pipe nothing. */
export function liveLine(): { readonly say: (text: string) => void; readonly clear: () => void } {
  const shown = process.stderr.isTTY === true
  const write = (text: string) => void (shown && process.stderr.write(`\r\u001b[K${text}`))
  return { say: write, clear: () => write('') }
}

/** One line of JSON, or words. */
export function print({ json }: Pick<Options, 'json'>, value: unknown, line: string): void {
  process.stdout.write(json === true ? `${JSON.stringify(value)}\n` : `${line}\n`)
}
