import type { Command } from 'commander'
import { LOG_OPTION, otherLogText } from '../../shared/evidence/other-log.ts'
import type { BundleOptions } from '../bundle/fetch.ts'
import { parseDurationWithin, TRUST_OPTION } from './arguments.ts'

const EXAMPLES = `
Times are UTC; whole quarter hours are given. The file is the evidence: check it with
voip-ready verify. A collector makes one bundle at a time: this waits for its turn, and says on a
terminal how many are before it; Ctrl-C gives the place back.
Cut ten minutes after its end or later, a bundle holds the records beside its time that show, by the
agent's own chain, that none of it is left out.
A bundle is of one log. After a recovery (collector ledger recover) a time may stand in two: this
says so, and --log gets the part that stands in the other.
Without a network, from the collector's own data: voip-ready collector bundle.

Example:
  voip-ready bundle --site leeds --from 2026-11-23T08:00Z --to 2026-11-23T12:00Z \\
    --collector https://collector.example --token-file viewer.token --out leeds.bundle`

const WAIT = 'how long the collector may take, others before this one included (default: 45m)'

export function addBundleCommand(program: Command): void {
  program
    .command('bundle')
    .description('get all that proves a time of a site, as one file, from a collector')
    .requiredOption('--site <name>', 'the site')
    .requiredOption('--from <time>', 'UTC, e.g. 2026-11-23T08:00Z')
    .requiredOption('--to <time>', 'UTC')
    .requiredOption('--collector <url>', 'the collector')
    .option('--token-file <file>', "file that holds a viewer's token")
    .option(...TRUST_OPTION)
    .option('--rows', 'with every packet, as far as the collector keeps raw rows of that time')
    .option('--rows-from <file...>', 'and what a reflector or an agent exported of its own')
    .option('--log <origin>', LOG_OPTION)
    .requiredOption('--out <file>', 'where to write it')
    .option('--wait <time>', WAIT, parseDurationWithin('1s', '24h'))
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => {
      const { processOutput } = await import('./output.ts')
      const { fetchBundle } = await import('../bundle/fetch.ts')
      const options = command.optsWithGlobals<BundleOptions>()
      const made = await fetchBundle({ ...options, output: processOutput() })
      const { out: file, json } = options
      const said = `${file}: ${made.octets} octets, sha256 ${made.sha256}\n`
      for (const { origin, records } of made.elsewhere)
        process.stderr.write(`${otherLogText(records, origin)}\n`)
      process.stdout.write(json ? `${JSON.stringify({ file, ...made })}\n` : said + rowsText(made))
    })
}

function rowsText({
  rows,
}: {
  readonly rows?: { readonly added: number; readonly strange: number }
}) {
  if (rows === undefined) return ''
  const strange = rows.strange === 0 ? '' : `; ${rows.strange} are of other times or sites`
  return `${rows.added} windows of raw rows added${strange}\n`
}
