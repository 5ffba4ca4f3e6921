import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '../../shared/errors.ts'
import type { TlsFiles } from '../tls.ts'

interface Options {
  readonly data: string
  readonly database?: string
  readonly tokens?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly json?: boolean
}

const BACKUP = `
The collector may go on running. Records acknowledged before the command began are in the backup.
It holds keys: keep it as you keep the data directory. PostgreSQL has tools of its own (pg_dump).

Example:
  voip-ready collector backup /backup/2026-11-23 --data /var/lib/voip-ready-collector`

const RESTORE = `
Verifies every checksum, reads the whole database, and brings its schema up to date; --data must be
empty or not there yet. Checkpoints published after the backup are of a longer log than the restored
one: see "collector ledger --help" before agents are served again.

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
    .addHelpText('after', RESTORE)
    .action((from: string, _options: unknown, command: Command) =>
      runRestore(from, command.optsWithGlobals<Options>()),
    )
}

async function runBackup(to: string, options: Options, version: string): Promise<void> {
  onlySqlite(options)
  const { backUp } = await import('./backup.ts')
  const manifest = await backUp({
    ...{ dataDirectory: resolve(options.data), to: resolve(to), version, nowMs: Date.now() },
    ...{ tokenFile: options.tokens ?? null, tls: tlsOf(options) },
  })
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
  const said = `${manifest.files.length} files, ${bytes} bytes, as of ${manifest.at}: ${resolve(to)}`
  print(options, { backup: resolve(to), ...manifest }, said)
}

async function runRestore(from: string, options: Options): Promise<void> {
  onlySqlite(options)
  const { restore } = await import('./restore.ts')
  const dataDirectory = resolve(options.data)
  const { manifest, schemaVersion } = await restore({
    ...{ from: resolve(from), dataDirectory, nowMs: Date.now() },
  })
  const said = `restored as of ${manifest.at} into ${dataDirectory} (schema ${schemaVersion})`
  print(options, { restored: dataDirectory, at: manifest.at, schemaVersion }, said)
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

function print({ json }: Options, value: unknown, line: string): void {
  process.stdout.write(json === true ? `${JSON.stringify(value)}\n` : `${line}\n`)
}
