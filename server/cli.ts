import { readFileSync } from 'node:fs'
import { type Command, Help, InvalidArgumentError, Option } from 'commander'
import { Fault } from '../shared/errors.ts'
import { addAgentCommands } from './access/agents-cli.ts'
import { addEnrolCommands } from './access/enrol-cli.ts'
import { addTokenCommands } from './access/token-cli.ts'
import { addUserCommands } from './access/users-cli.ts'
import { addBallastCommands } from './ballast-cli.ts'
import { addOfflineBundleCommand } from './bundle/cli.ts'
import { addPlanCommands } from './console/plan-cli.ts'
import { addRunCommands } from './console/run-cli.ts'
import type { FindingsPrinter } from './console/watch-run.ts'
import { parseDays } from './history/keep-option.ts'
import { recallServed } from './last-served.ts'
import { addLedgerCommands } from './ledger-cli.ts'
import { addMigrateCommand } from './migrate-cli.ts'
import { addBackupCommands } from './operations/cli.ts'
import { addDoctorCommand } from './operations/doctor-cli.ts'
import { addMoveCommands } from './operations/move-cli.ts'
import { USUAL_READER_LIMITS } from './reader-limits.ts'
import type { ServeOptions } from './serve.ts'

const ABOUT = `
Writing always needs an agent's token. Reading needs a viewer's token, except when the collector
listens on a loopback address and is asked by one (--read-access loopback, the default), and never
behind a reverse proxy: say --behind-proxy.

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
    .addOption(database())
    .option(
      '--profile <id or file...>',
      'profiles to judge by (default: those that come along)',
      [],
    )
    .option('--sites <dir>', 'folder of site files: what you say of your sites')
    .option('--tokens <file>', 'token file (default: tokens.json in the data directory)')
    .addHelpText('after', ABOUT)
    .hook('preAction', recallServed)
    .action(serveAsAsked)
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
  for (const command of collector.commands) hideServingOptions(command)
}

/** Options that say how a collector serves, and nothing to the commands beside it. */
const SERVING = [
  ...['keep-records', 'keep-history', 'log-level', 'read-access', 'behind-proxy', 'host-name'],
  ...['insecure-http', 'connections-per-address', 'watchers-per-reader', 'jobs-per-reader'],
]

/** They are understood by each command; its help is shorter without them. */
function hideServingOptions(command: Command): void {
  const all = Object.assign(new Help(), { showGlobalOptions: true })
  const visibleGlobalOptions = (of: Command) =>
    all.visibleGlobalOptions(of).filter((option) => !SERVING.includes(option.name()))
  command.configureHelp({ ...command.configureHelp(), visibleGlobalOptions })
  for (const one of command.commands) hideServingOptions(one)
}

/** What serves is most of the program, and most commands need nothing of it. */
async function serveAsAsked(_options: unknown, command: Command): Promise<void> {
  const { serve } = await import('./serve.ts')
  await serve(command.optsWithGlobals<ServeOptions>(), version())
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
    .option(
      '--behind-proxy',
      'a proxy ends TLS and tells clients’ addresses; trust it, and nobody without a token',
    )
    .option(
      '--host-name <name...>',
      'names besides that of --url that it is asked by (only --read-access open asks)',
      [],
    )
    .option('--insecure-http', 'allow plain HTTP beyond loopback')
  addReaderLimits(collector)
}

/** Who asks for more is answered 429 or 503 with Retry-After. */
function addReaderLimits(collector: Command): void {
  const { watchersPerReader, jobsPerReader } = USUAL_READER_LIMITS
  collector
    .option(
      '--connections-per-address <n>',
      'connections of one address, but behind a proxy (default: three quarters of all)',
      count,
    )
    .option('--watchers-per-reader <n>', 'runs that one reader watches', count, watchersPerReader)
    .option(
      '--jobs-per-reader <n>',
      'bundles and reports that one reader has made at a time',
      count,
      jobsPerReader,
    )
}

function count(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new InvalidArgumentError('wanted a whole number from 1 on')
  return Number(text)
}

function days(text: string): number {
  const found = parseDays(text)
  if (found === null) throw new InvalidArgumentError('wanted days, e.g. 100d')
  return found
}

function database(): Option {
  const option = new Option('--database <url>', 'keep records in this PostgreSQL (postgres://...)')
  return option.env('DATABASE_URL')
}

/** systemd names the state directory; elsewhere it is made where the command was typed. */
function defaultData(): string {
  return process.env.STATE_DIRECTORY?.split(':')[0] ?? './voip-ready-data'
}

function address(text: string): ServeOptions['listen'] {
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
