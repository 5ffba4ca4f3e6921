import { dirname } from 'node:path'
import type { Command } from 'commander'
import { addRowsCommands } from '../rows/cli.ts'
import { DEFAULT_KEYS } from './keys-cli.ts'
import type { Output } from './output.ts'
import { rowsFolder } from './rows-ring.ts'

const EXAMPLE = `
Example:
  voip-ready reflector rows export --state /var/lib/voip-ready-reflector --key leeds \\
    --from 2026-11-23T08:00Z --to 2026-11-23T09:00Z --out dc1.rows
Whoever holds the bundle of that time adds the file to it:
  voip-ready bundle ... --rows-from dc1.rows`

/** Adds `reflector rows list|show|export`. */
export function addReflectorRowsCommands(reflector: Command, output: Output): void {
  const side = {
    side: 'reflector' as const,
    folder: ({ state, keys = DEFAULT_KEYS }: { readonly state?: string; readonly keys?: string }) =>
      rowsFolder(state ?? dirname(keys)),
    add: (command: Command) =>
      command
        .option('--state <dir>', 'folder of the signing key (default: that of the keys file)')
        .option('--keys <file>', 'access keys file', DEFAULT_KEYS)
        .option('--session <id>', 'only this session, as receipts name it')
        .option('--key <name>', 'only sessions of this access key')
        .option('--json', 'JSON output'),
    example: EXAMPLE,
  }
  addRowsCommands(reflector, side, (text) => output.out(text.trimEnd()))
}
