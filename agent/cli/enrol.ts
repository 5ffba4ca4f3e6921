import type { Command } from 'commander'
import { shellWord } from '../../shared/shell-word.ts'
import { nameOf } from './names.ts'

interface Options {
  readonly state: string
  readonly site?: string
  readonly name?: string
  readonly insecureHttp?: boolean
  readonly again?: boolean
  readonly json?: boolean
}

const EXAMPLES = `
Example:
  voip-ready agent enrol 'https://collector.example:8460#ID.SECRET.PIN' \\
    --state /var/lib/voip-ready-agent

The line comes from voip-ready collector enrol create. It works once and for 24 hours. The key is
made here and never leaves this host; compare the fingerprint with what the collector shows.`

/** Adds `agent enrol`. */
export function addEnrolCommand(agent: Command): void {
  agent
    .command('enrol <url-and-token>')
    .description('make a key and let the collector know it, once')
    .requiredOption('--state <dir>', 'where identity and key are kept')
    .option('--site <name>', 'be sure that the token is for this site', nameOf)
    .option('--name <name>', 'name of this agent, where the token leaves it open', nameOf)
    .option('--insecure-http', 'allow plain HTTP beyond this host')
    .option('--again', 'replace the identity that is there')
    .addHelpText('after', EXAMPLES)
    .action((line: string, _options: unknown, command: Command) =>
      run(line, command.optsWithGlobals<Options>()),
    )
}

async function run(invitation: string, options: Options): Promise<void> {
  const { enrol } = await import('../enrol/enrol.ts')
  const { state, site = null, name = null, insecureHttp = false, again = false } = options
  const identity = await enrol({
    ...{ invitation, state, site, agent: name, insecure: insecureHttp, again },
  })
  const { format: _, ...shown } = identity
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(shown)}\n`)
    return
  }
  const lines = [
    `Agent ${identity.agent} of ${identity.site} is enrolled at ${identity.collector}.`,
    `key          ${identity.vkey}`,
    `fingerprint  ${(identity.keyId.match(/.{4}/g) ?? []).join(' ')}`,
    `Start it with: voip-ready agent --state ${shellWord(state)}`,
    `It does what the plan for ${identity.site} says: voip-ready collector plan put ${identity.site} FILE`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
