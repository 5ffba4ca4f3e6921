import { resolve } from 'node:path'
import type { Command } from 'commander'
import { tlsOf } from './cli.ts'

interface Options {
  readonly data: string
  readonly database?: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly profile: readonly string[]
  readonly tokens?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly logKey?: string
  readonly json?: boolean
}

const ABOUT = `
Give it the options that the collector gets. It changes nothing, and a collector may run meanwhile.
Exit 0: all well; 2: something is doubtful or could not be looked at; 4: a collector cannot run.

Example:
  voip-ready collector doctor --data /var/lib/voip-ready-collector --listen 0.0.0.0:8460`

/** Adds `collector doctor`. */
export function addDoctorCommand(collector: Command): void {
  collector
    .command('doctor')
    .description('whether a collector can run here, what is doubtful, and how to mend it')
    .addHelpText('after', ABOUT)
    .action((_options: unknown, command: Command) => runDoctor(command.optsWithGlobals<Options>()))
}

async function runDoctor(options: Options): Promise<void> {
  const { visit } = await import('./doctor.ts')
  const { askHost } = await import('./host.ts')
  const { exitOf, renderCheckups } = await import('./checkup.ts')
  const checkups = await visit({
    ...{ dataDirectory: resolve(options.data), database: options.database ?? null },
    ...{ ...options.listen, profiles: options.profile, tokenFile: options.tokens ?? null },
    logKey: options.logKey === undefined ? null : resolve(options.logKey),
    ...{ tls: tlsOf(options), nowMs: Date.now(), ask: askHost },
  })
  const json = JSON.stringify({ exit: exitOf(checkups), checkups })
  process.stdout.write(options.json === true ? `${json}\n` : renderCheckups(checkups))
  process.exitCode = exitOf(checkups)
}
