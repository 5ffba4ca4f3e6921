import { renameSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { EXIT, Fault } from '../../shared/errors.ts'
import { LOG_OPTION, otherLogText } from '../../shared/evidence/other-log.ts'
import { instantGiven } from '../../shared/instant.ts'
import { remark } from '../remark.ts'
import type { OfflineOptions } from './offline.ts'
import type { OtherLog } from './span.ts'

interface Options extends Omit<OfflineOptions, 'dataDirectory' | 'fromMs' | 'toMs'> {
  readonly data: string
  readonly from: string
  readonly to: string
  readonly out: string
  readonly json?: boolean
}

const EXAMPLES = `
Reads the data of a collector, which may be stopped. Cut ten minutes after its end or later, a
bundle holds the records beside its time that show that none of it is left out. 100 days at most.
Exit 0: written; 1: there is no log.

Example:
  voip-ready collector bundle --data /var/lib/voip-ready-collector --site leeds \\
    --from 2026-11-23T08:00Z --to 2026-11-23T12:00Z --out leeds.bundle`

/** Adds `collector bundle`: the same file as over HTTP, from the data alone. */
export function addOfflineBundleCommand(collector: Command): void {
  collector
    .command('bundle')
    .description('make a bundle from the data of a collector, without its HTTP side')
    .requiredOption('--site <name>', 'the site')
    .requiredOption('--from <time>', 'UTC, e.g. 2026-11-23T08:00Z')
    .requiredOption('--to <time>', 'UTC')
    .option('--log <origin>', LOG_OPTION)
    .requiredOption('--out <file>', 'where to write it')
    .addHelpText('after', EXAMPLES)
    .action((_options: unknown, command: Command) => write(command.optsWithGlobals<Options>()))
}

async function write(options: Options): Promise<void> {
  const { offlineBundle } = await import('./offline.ts')
  const { site, sites, profile, database, out, witnessPolicy, log } = options
  let elsewhere: readonly OtherLog[] = []
  const octets = await offlineBundle({
    ...{ dataDirectory: resolve(options.data), site, profile },
    ...(sites === undefined ? {} : { sites }),
    ...(database === undefined ? {} : { database }),
    ...(witnessPolicy === undefined ? {} : { witnessPolicy }),
    ...(log === undefined ? {} : { log }),
    onElsewhere: (found) => {
      elsewhere = found
    },
    ...{ fromMs: instantGiven('--from', options.from), toMs: instantGiven('--to', options.to) },
  })
  if (octets === null) {
    const what =
      log === undefined ? 'nothing has been logged here yet' : `no log of origin ${log} is here`
    remark(options, `voip-ready: ${what}`)
    process.exitCode = EXIT.fail
    return
  }
  put(out, octets)
  const said = { file: out, octets: octets.length, elsewhere }
  process.stdout.write(
    options.json ? `${JSON.stringify(said)}\n` : `${out}: ${octets.length} octets\n`,
  )
  for (const { origin, records } of elsewhere) remark(options, otherLogText(records, origin))
}

/** Beside its place first: what stands under the name is never half a bundle. @throws Fault STORE */
function put(out: string, octets: Uint8Array): void {
  try {
    writeFileSync(`${out}.part`, octets)
    renameSync(`${out}.part`, out)
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error)
    const repair =
      'name a file with --out, in a folder that is there, has room and may be written to'
    throw new Fault('STORE', out, 'a file that can be written', found, repair)
  }
}
