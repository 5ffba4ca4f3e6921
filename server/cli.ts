import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { Fault } from '../shared/errors.ts'
import { addAgentCommands } from './access/agents-cli.ts'
import { addEnrolCommands } from './access/enrol-cli.ts'
import { isLoopback, type ReadAccess } from './access/guard.ts'
import { addTokenCommands } from './access/token-cli.ts'
import { addUserCommands } from './access/users-cli.ts'
import { addBallastCommands } from './ballast-cli.ts'
import { addOfflineBundleCommand } from './bundle/cli.ts'
import { addPlanCommands } from './console/plan-cli.ts'
import { addRunCommands } from './console/run-cli.ts'
import type { FindingsPrinter } from './console/watch-run.ts'
import { keepFor, parseDays } from './history/keep-option.ts'
import { addLedgerCommands, type LedgerSettings } from './ledger-cli.ts'
import { collectorLog } from './log.ts'
import { startCollector } from './main.ts'
import { addMigrateCommand } from './migrate-cli.ts'
import { addBackupCommands } from './operations/cli.ts'
import { addDoctorCommand } from './operations/doctor-cli.ts'
import { addMoveCommands } from './operations/move-cli.ts'

interface Options extends LedgerSettings {
  readonly listen: { readonly host: string; readonly port: number }
  readonly data: string
  readonly database?: string
  readonly profile: readonly string[]
  readonly sites?: string
  readonly tokens?: string
  readonly readAccess: ReadAccess
  readonly keepRecords: number
  readonly keepHistory: number
  readonly logLevel: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly url?: string
  readonly behindProxy?: boolean
  readonly insecureHttp?: boolean
  readonly json?: boolean
}

const ABOUT = `
Writing always needs an agent's token. Reading needs a viewer's token, except when the collector
listens on a loopback address and is asked by one (--read-access loopback, the default); behind a
reverse proxy say --read-access token.

Examples:
  voip-ready collector tokens add --agent leeds-1 --site leeds
  voip-ready collector --listen 127.0.0.1:8460`

/**
 * Adds `collector` and its commands to the program.
 * @param printer how findings are printed: as a check prints them
 */
export function addCollectorCommands(program: Command, printer: FindingsPrinter): void {
  const collector = program
    .command('collector')
    .description('take in records, judge them, and show what they say')
    .addOption(
      new Option('--listen <host:port>', 'address to serve HTTP on')
        .argParser(address)
        .default({ host: '127.0.0.1', port: 8460 }, '127.0.0.1:8460'),
    )
    .option('--data <dir>', 'where records are kept', defaultData())
    .addOption(
      new Option('--database <url>', 'keep records in this PostgreSQL (postgres://...)').env(
        'DATABASE_URL',
      ),
    )
    .option(
      '--profile <id or file...>',
      'profiles to judge by (default: those that come along)',
      [],
    )
    .option('--sites <dir>', 'folder of site files: what you say of your sites')
    .option('--tokens <file>', 'token file (default: tokens.json in the data directory)')
    .addHelpText('after', ABOUT)
    .action((_options: unknown, command: Command) => serve(command.optsWithGlobals<Options>()))
  addKeepingOptions(collector)
  addServingOptions(collector)
  addLedgerCommands(collector)
  addTokenCommands(collector)
  addBallastCommands(collector)
  addMigrateCommand(collector)
  addOfflineBundleCommand(collector)
  addEnrolCommands(collector)
  addAgentCommands(collector)
  addUserCommands(collector)
  addBackupCommands(collector, version)
  addMoveCommands(collector, version)
  addDoctorCommand(collector)
  addPlanCommands(collector)
  addRunCommands(collector, printer)
}

function addKeepingOptions(collector: Command): void {
  collector
    .option('--keep-records <days>', 'keep records for so long', days, 100)
    .option('--keep-history <days>', 'keep what was true, and when, for so long', days, 1095)
    .addOption(
      new Option('--log-level <level>', 'least level to log')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
}

function addServingOptions(collector: Command): void {
  collector
    .addOption(
      new Option('--read-access <rule>', 'who may read')
        .choices(['loopback', 'token', 'open'])
        .default('loopback'),
    )
    .option('--tls-cert <file>', 'serve HTTPS with this certificate (PEM)')
    .option('--tls-key <file>', 'its private key (PEM); both are read again when they change')
    .option('--url <address>', 'address that agents reach the collector by')
    .option('--behind-proxy', 'a proxy ends TLS and tells clients’ addresses; trust it')
    .option('--insecure-http', 'allow plain HTTP beyond loopback')
}

/** Runs until SIGTERM or SIGINT, then finishes what was taken; a second signal ends it at once. */
async function serve(options: Options): Promise<void> {
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
    readAccess: options.readAccess,
    ...servingOf(options),
    keep: keep(options),
    version: version(),
    logger: log,
  })
  log.info({ url: collector.url, data: resolve(options.data) }, 'listening')
  if (options.readAccess === 'open' && !isLoopback(host)) {
    log.warn('anyone who reaches this port may read (--read-access open)')
  }
  const signal = await asked
  log.info({ signal }, 'stopping')
  await collector.stop()
  log.info('stopped')
}

/** What a pin touches stays longer, and so does what is not in the history and the ledger yet. */
function keep({ keepRecords, keepHistory }: Options) {
  const kept = keepFor(keepRecords, keepHistory)
  if (typeof kept !== 'string') return kept
  throw new Fault('USAGE', 'options', kept, `${keepRecords}d and ${keepHistory}d`)
}

function days(text: string): number {
  const found = parseDays(text)
  if (found === null) throw new InvalidArgumentError('wanted days, e.g. 100d')
  return found
}

/** How it is reached. @throws Fault USAGE for plain HTTP that others could hear, or half a certificate */
function servingOf(options: Options) {
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

/** systemd names the state directory; elsewhere it is made where the command was typed. */
function defaultData(): string {
  return process.env.STATE_DIRECTORY?.split(':')[0] ?? './voip-ready-data'
}

function address(text: string): Options['listen'] {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text)
  const port = Number(found?.[3])
  if (found === null || port > 65_535) {
    throw new InvalidArgumentError('wanted HOST:PORT, e.g. 127.0.0.1:8460 or [::1]:8460')
  }
  return { host: found[1] ?? found[2] ?? '', port }
}

/** From package.json: one folder up from source, two from dist. */
function version(): string {
  for (const up of ['../package.json', '../../package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8'))
      if (found.name === 'voip-ready') return String(found.version)
    } catch {
      // Not at this height.
    }
  }
  throw new Fault('CONFIG_READ', 'package.json', "the program's own package.json", 'none')
}
