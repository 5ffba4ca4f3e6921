import { type Command, Option } from 'commander'
import { Fault } from '../shared/errors.ts'

const EXAMPLE = `
A collector brings its database up to date when it starts; this does so beforehand, and with
--engine citus it spreads the tables over the machines of a Citus cluster.

Example:
  voip-ready collector migrate --database postgres://voip@db/voip --engine citus`

interface Options {
  readonly database?: string
  readonly engine: 'postgres' | 'citus'
  readonly json?: boolean
}

/** Adds `collector migrate`: the schema of a PostgreSQL brought up to date, and spread by Citus. */
export function addMigrateCommand(collector: Command): void {
  collector
    .command('migrate')
    .description('bring the schema of a PostgreSQL (--database) up to date')
    .addOption(
      new Option('--engine <name>', 'what it runs on')
        .choices(['postgres', 'citus'])
        .default('postgres'),
    )
    .addHelpText('after', EXAMPLE)
    .action(async (_options: unknown, command: Command) => {
      const { database, engine, json } = command.optsWithGlobals<Options>()
      if (database === undefined) {
        throw new Fault('USAGE', '--database', 'a URL of PostgreSQL (or DATABASE_URL)', 'none')
      }
      const { migratePostgres } = await import('./store/postgres/migrate.ts')
      const done = await migratePostgres(database, engine, Date.now())
      const text = `schema version ${done.schemaVersion}, ${done.spread} tables spread`
      process.stdout.write(`${json === true ? JSON.stringify(done) : text}\n`)
    })
}
