import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { addLedgerShow } from './console/ledger-cli.ts'
import type { RecoverOptions } from './recover.ts'

const RECOVER_ABOUT = `
For when the newest database is lost for good and an old one was put back: what was published of the
log cannot be continued from it, and nothing is signed. This begins another log, with an origin of
its own, that goes on from what is kept; the old log stays readable. Stop the collectors first.

Example:
  voip-ready collector ledger recover --new-origin --data /var/lib/voip-ready-collector`

/** Adds the options of the ledger to `collector`, and `collector ledger recover`. */
export function addLedgerCommands(collector: Command): void {
  collector
    .option(
      '--name <name>',
      'name of this collector in its log, for good (default: the host)',
      name,
    )
    .option(
      '--log-key <file>',
      'key that signs the log (default: keys/log.key in the data directory)',
    )
    .option('--witness <url=vkey...>', 'ask this witness to cosign every checkpoint')
    .option('--witness-policy <file>', 'ask the witnesses of this policy; bundles carry it')
  const ledger = collector.command('ledger').description('the log of records')
  addLedgerShow(ledger)
  addExportTiles(ledger)
  ledger
    .command('recover')
    .description('begin another log when this one cannot be continued')
    .requiredOption('--new-origin', 'yes, begin a log with an origin of its own')
    .addHelpText('after', RECOVER_ABOUT)
    .action(async (_options: unknown, command: Command) => {
      const { recover } = await import('./recover.ts')
      await recover(command.optsWithGlobals<RecoverOptions>())
    })
}

const EXPORT_ABOUT = `
Reads the data of a collector, which may be running or stopped. Any web server can serve the folder
as a tiled log (C2SP tlog-tiles); the same again adds what is new. It holds the records of all
customers: keep tile/entries to yourself where they must not see each other's.

Example:
  voip-ready collector ledger export-tiles /srv/log --data /var/lib/voip-ready-collector`

function addExportTiles(ledger: Command): void {
  ledger
    .command('export-tiles <dir>')
    .description('write the log as files that any tlog tool can read')
    .addHelpText('after', EXPORT_ABOUT)
    .action(async (folder: string, _options: unknown, command: Command) => {
      const { runExport } = await import('./tiles/export-cli.ts')
      await runExport(resolve(folder), command.optsWithGlobals<RecoverOptions>())
    })
}

function name(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) return text
  throw new InvalidArgumentError('wanted lower-case letters, digits and hyphens')
}
