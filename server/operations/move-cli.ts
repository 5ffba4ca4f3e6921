import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '../../shared/errors.ts'
import { shellWord } from '../../shared/shell-word.ts'
import { liveLine, print, tlsOf } from './cli.ts'

interface Options {
  readonly data: string
  readonly database?: string
  readonly tokens?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly logKey?: string
  readonly giveUp?: boolean
  readonly json?: boolean
}

const EXPORT = `
Stop the collector first. The file holds everything: records, history, plans, access, the log and
the key that signs it, and is as secret as that. From then on no collector starts on the old
database any more: two of them would give one log two histories. If the move is given up, say so
with --give-up.

Examples:
  voip-ready collector export /backup/all.export --data /var/lib/voip-ready-collector
  voip-ready collector export --give-up --data /var/lib/voip-ready-collector`

const IMPORT = `
Everything or nothing: a file that was cut off or changed, and a database or a --data directory
that holds something, are refused. --data gets the keys and the token file; records go to --database
where it is given, else to SQLite in --data. The log goes on, signed by the same key.

Example:
  voip-ready collector import /backup/all.export --data /var/lib/voip-ready-new \\
    --database postgres://voip@db/voip`

/** Adds `collector export FILE` and `collector import FILE`. */
export function addMoveCommands(collector: Command, version: () => string): void {
  collector
    .command('export [file]')
    .description('everything that a collector keeps in one file, to move it to another database')
    .option('--give-up', 'the move is given up: the old collector may start again')
    .addHelpText('after', EXPORT)
    .action((to: string | undefined, _options: unknown, command: Command) =>
      runExport(to, command.optsWithGlobals<Options>(), version()),
    )
  collector
    .command('import <file>')
    .description('make a collector of an export, in SQLite or PostgreSQL')
    .addHelpText('after', IMPORT)
    .action((from: string, _options: unknown, command: Command) =>
      runImport(from, command.optsWithGlobals<Options>()),
    )
}

async function runExport(to: string | undefined, options: Options, version: string): Promise<void> {
  const { exportAll, giveUp } = await import('./export.ts')
  const place = { dataDirectory: resolve(options.data), database: options.database ?? null }
  if (options.giveUp === true) {
    if (to !== undefined) throw new Fault('USAGE', '--give-up', 'no file', to)
    const done = await giveUp(place)
    const said = done ? 'the collector may start again' : 'it was not exported: nothing to give up'
    return print(options, { givenUp: done }, said)
  }
  if (to === undefined) throw new Fault('USAGE', 'export', 'a file to write', 'none')
  const { onProgress, done: over } = progress()
  const done = await exportAll({
    ...{ ...place, to: resolve(to), tokenFile: options.tokens ?? null, tls: tlsOf(options) },
    ...{ logKey: options.logKey ?? null, version, nowMs: Date.now(), onProgress },
  }).finally(over)
  const lines = [
    `${done.rows} rows of ${done.tables} tables, ${done.files.length} files: ${resolve(to)}`,
    'THE OLD COLLECTOR MUST NOT GO ON: it is sealed, and starts again only after',
    `  ${giveUpLine(options)}`,
    'The file holds the key of the log: keep it as you keep the data directory.',
  ]
  print(options, { export: resolve(to), ...done }, lines.join('\n'))
}

async function runImport(from: string, options: Options): Promise<void> {
  const { importAll } = await import('./import.ts')
  const { onProgress, done: over } = progress()
  const dataDirectory = resolve(options.data)
  const done = await importAll({
    ...{ from: resolve(from), dataDirectory, database: options.database ?? null },
    ...{ nowMs: Date.now(), onProgress },
  }).finally(over)
  const logs = done.logs.map(
    ({ origin, size, root }) => `log ${origin}: ${size} leaves, root ${root}`,
  )
  const lines = [
    `imported as of ${done.at}: ${done.rows} rows (schema ${done.schemaVersion})`,
    ...logs,
    `keys and tokens: ${dataDirectory} (${done.files.join(', ') || 'none came along'})`,
    'Start the new collector with this --data; the old one must never start again.',
  ]
  print(options, { imported: dataDirectory, ...done }, lines.join('\n'))
}

/** As it is to be typed; a URL may hold a password, and is left to the operator. */
function giveUpLine({ data, database }: Options): string {
  const other = database === undefined ? '' : ' and the same --database (DATABASE_URL)'
  return `voip-ready collector export --give-up --data ${shellWord(resolve(data))}${other}`
}

/** On a terminal, where it is; in a pipe, nothing. */
function progress() {
  const { say, clear } = liveLine()
  const onProgress = (table: string, rows: number) => say(`${table}: ${rows} rows`)
  return { onProgress, done: clear }
}
