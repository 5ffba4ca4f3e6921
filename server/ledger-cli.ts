import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { Fault } from '../shared/errors.ts'
import { lastSignedFile, setAside } from './keys/last-signed.ts'
import { openLogKey } from './keys/log-key.ts'
import { restoredFile } from './keys/restored.ts'
import { beginAnotherLog } from './ledger/another-log.ts'
import type { LedgerOptions } from './ledger/ledger.ts'
import { LEASE_NAME } from './store/ledger/lease.ts'
import { openStore } from './store/open.ts'
import { postText } from './witness/post.ts'
import { witnessSettings } from './witness/settings.ts'

/** What the command line says of the ledger. */
export interface LedgerSettings {
  readonly name?: string
  readonly logKey?: string
  /** `URL=VKEY` each. */
  readonly witness?: readonly string[]
  /** File of a policy (C2SP tlog-policy). */
  readonly witnessPolicy?: string
}

interface RecoverOptions extends LedgerSettings {
  readonly data: string
  readonly database?: string
  readonly newOrigin?: boolean
  readonly json?: boolean
}

const RECOVER_ABOUT = `
For when the newest database is lost for good and an old one was put back: what was published of the
log cannot be continued from it, and nothing is signed. This begins another log, with an origin of
its own, that goes on from what is kept; the old log stays readable. Stop the collectors first.

Example:
  voip-ready collector ledger recover --new-origin --data /var/lib/voip-ready`

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
  addExportTiles(ledger)
  ledger
    .command('recover')
    .description('begin another log when this one cannot be continued')
    .requiredOption('--new-origin', 'yes, begin a log with an origin of its own')
    .addHelpText('after', RECOVER_ABOUT)
    .action((_options: unknown, command: Command) => recover(command.optsWithGlobals()))
}

const EXPORT_ABOUT = `
Reads the data of a collector, which may be running or stopped. Any web server can serve the folder
as a tiled log (C2SP tlog-tiles); the same again adds what is new. It holds the records of all
customers: keep tile/entries to yourself where they must not see each other's.

Example:
  voip-ready collector ledger export-tiles /srv/log --data /var/lib/voip-ready`

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

/** The ledger of a collector over its data directory. @throws Fault as openLogKey does */
export function ledgerOptions(dataDirectory: string, settings: LedgerSettings): LedgerOptions {
  const keyFile = keyFileOf(dataDirectory, settings)
  const { witness = [], witnessPolicy = null } = settings
  return {
    witness: { ...witnessSettings(witness, witnessPolicy), post: postText },
    signer: openLogKey(keyFile),
    last: lastSignedFile(keyFile),
    restored: restoredFile(keyFile),
    name: settings.name ?? null,
    defaultName: hostName(),
    holder: `${hostName()}-${process.pid}-${Date.now().toString(36)}`,
  }
}

async function recover(options: RecoverOptions): Promise<void> {
  const dataDirectory = resolve(options.data)
  const keyFile = keyFileOf(dataDirectory, options)
  const signer = openLogKey(keyFile)
  const nowMs = Date.now()
  const store = await openStore({ dataDirectory, database: options.database ?? null }, nowMs)
  try {
    const lease = { name: LEASE_NAME, holder: `recover-${process.pid}` }
    const epoch = await store.ledger.takeLease(lease, nowMs, 60_000)
    if (epoch === null) {
      throw new Fault('STORE', 'ledger', 'no collector that writes it', 'one that does', STOP)
    }
    const named = { name: options.name ?? null, fallback: hostName(), nowMs }
    const { number, origin, before } = await beginAnotherLog(store.ledger, signer, named)
    setAside(keyFile, `before-${number}`)
    restoredFile(keyFile).clear()
    await store.ledger.releaseLease({ ...lease, epoch })
    const told = { origin, before }
    const text = `begun: ${origin}\nTell everybody who holds the key of the old log of this one.`
    process.stdout.write(`${options.json ? JSON.stringify(told) : text}\n`)
  } finally {
    await store.close()
  }
}

const STOP = 'stop the collectors on this database, wait 15 seconds, and say it again'

/** The file of the key that signs the log of a data directory. */
export function keyFileOf(dataDirectory: string, { logKey }: LedgerSettings): string {
  return logKey === undefined ? join(dataDirectory, 'keys', 'log.key') : resolve(logKey)
}

/** The host's name as a key's name may have it. */
export function hostName(): string {
  const plain =
    hostname()
      .toLowerCase()
      .split('.')[0]
      ?.replace(/[^a-z0-9-]/g, '-') ?? ''
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(plain) ? plain : 'collector'
}

function name(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) return text
  throw new InvalidArgumentError('wanted lower-case letters, digits and hyphens')
}
