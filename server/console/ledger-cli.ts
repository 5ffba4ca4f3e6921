import type { Command } from 'commander'
import { print } from '../access/console.ts'
import { type ApiOptions, atApi } from './access.ts'

const ABOUT = `
The key is what voip-ready verify takes as --log-key. Whoever does not trust the collector asks for
it early and keeps it, and compares it with what other parties were given.

Example:
  voip-ready collector ledger show --data /var/lib/voip-ready-collector`

interface Shown {
  readonly origin: string
  readonly vkey: string
  readonly size: number
  readonly checkpoint: { readonly size: number; readonly at: string } | null
}

/** Adds `ledger show` to the commands of the log. */
export function addLedgerShow(ledger: Command): void {
  ledger
    .command('show')
    .description('show what the log is called, how long it is, and the key that signs it')
    .option('--token-file <file>', 'a token of a viewer, for a collector elsewhere')
    .addHelpText('after', ABOUT)
    .action((_: unknown, command: Command) => show(command.optsWithGlobals<ApiOptions>()))
}

async function show(options: ApiOptions): Promise<void> {
  const { body } = await atApi(options, (api) => api.ask('GET', '/ledger'))
  const shown = body as Shown
  const { origin, vkey, size, checkpoint } = shown
  const signed =
    checkpoint === null
      ? 'none is signed yet'
      : `the first ${checkpoint.size} signed at ${checkpoint.at.slice(0, 19)}Z`
  print(options, shown, [`log     ${origin}`, `leaves  ${size}; ${signed}`, `key     ${vkey}`])
}
