import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { addRowsCommands } from '../rows/cli.ts'

const EXAMPLE = `
Examples:
  voip-ready agent rows list --state /var/lib/voip-ready-agent --from 2026-11-23T08:00Z
  voip-ready agent rows show --state DIR --at 2026-11-23T08:07Z --far-end primary
  voip-ready agent rows export --state DIR --from 2026-11-23T08:00Z --to 2026-11-23T09:00Z \\
    --out FILE`

/** Adds `agent rows list|show|export`. */
export function addAgentRowsCommands(agent: Command): void {
  const side = {
    side: 'agent' as const,
    folder: ({ state }: { readonly state?: string }) => join(state ?? '', 'rows'),
    add: (command: Command) =>
      command
        .requiredOption('--state <dir>', "the agent's state folder")
        .addOption(
          new Option('--far-end <name>', 'only this one').choices(['primary', 'secondary']),
        ),
    example: EXAMPLE,
  }
  addRowsCommands(agent, side, (text) => void process.stdout.write(text))
}
