import type { Command } from 'commander'
import type { BundleOptions } from '../bundle/fetch.ts'

const EXAMPLES = `
Times are UTC; whole quarter hours are given. The file is the evidence: check it with
voip-ready verify. Without a network, from the collector's own data: voip-ready collector bundle.

Example:
  voip-ready bundle --site leeds --from 2026-11-23T08:00Z --to 2026-11-23T12:00Z \\
    --collector https://collector.example --token-file viewer.token --out leeds.bundle`

export function addBundleCommand(program: Command): void {
  program
    .command('bundle')
    .description('get all that proves a time of a site, as one file, from a collector')
    .requiredOption('--site <name>', 'the site')
    .requiredOption('--from <time>', 'UTC, e.g. 2026-11-23T08:00Z')
    .requiredOption('--to <time>', 'UTC')
    .requiredOption('--collector <url>', 'the collector')
    .option('--token-file <file>', "file that holds a viewer's token")
    .requiredOption('--out <file>', 'where to write it')
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => {
      const { fetchBundle } = await import('../bundle/fetch.ts')
      const options = command.optsWithGlobals<BundleOptions>()
      const { sha256, octets } = await fetchBundle(options)
      const { out: file, json } = options
      const said = `${file}: ${octets} octets, sha256 ${sha256}\n`
      process.stdout.write(json ? `${JSON.stringify({ file, octets, sha256 })}\n` : said)
    })
}
