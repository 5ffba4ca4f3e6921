import { type Command, InvalidArgumentError, Option } from 'commander'
import type { FarEndName } from '../../shared/profile/site.ts'
import { type HostAndPort, parseHostAndPort } from './arguments.ts'
import { engineOption } from './check.ts'
import { addRecordOptions, type RecordOptions } from './record-options.ts'

/** What every command that makes load is asked. */
export interface LoadOptions extends RecordOptions {
  readonly site?: string
  readonly primary?: HostAndPort
  readonly secondary?: HostAndPort
  readonly key?: string
  readonly profile?: string
  /** Left out: every far end that is configured, one after the other. */
  readonly farEnd?: FarEndName
  readonly codec?: 'g711' | 'g729'
  /** kbit/s each way, IP packets counted. */
  readonly maxRate: number
  readonly yes?: boolean
  readonly engine: 'auto' | 'linux' | 'dgram'
  readonly junit?: string
  readonly json?: boolean
}

/** With --record the agent's plan says these. */
export const LOAD_OF_THE_PLAN = [
  ...['site', 'primary', 'secondary', 'key', 'profile', 'codec', 'maxRate', 'abortLoss', 'engine'],
]

/** Adds the options of {@link LoadOptions} to a command. */
export function addLoadOptions(command: Command, maxRateKbit: number): Command {
  return addRecordOptions(command)
    .option('--site <file>', 'site file: profile, far ends, keys, peakCalls')
    .option('--primary <address>', 'primary data centre, ADDRESS[:PORT]', parseHostAndPort)
    .option('--secondary <address>', 'secondary data centre, ADDRESS[:PORT]', parseHostAndPort)
    .option('--key <id:secret>', 'access key of the reflectors named above')
    .option('--profile <id>', 'profile to judge by (default: that of the site, or pureconnect-rcm)')
    .addOption(
      new Option('--far-end <name>', 'only this one (default: each, one after the other)').choices([
        'primary',
        'secondary',
      ]),
    )
    .addOption(
      new Option('--codec <name>', 'voice codec (default: that of the profile)').choices([
        'g711',
        'g729',
      ]),
    )
    .addOption(
      new Option('--max-rate <rate>', 'never offer more each way, IP packets counted: 2M, 500k')
        .argParser(parseRate)
        .default(maxRateKbit, `${maxRateKbit / 1000}M`),
    )
    .option('--yes', 'do not ask before load is made')
    .addOption(engineOption())
    .option('--junit <file>', 'also write the findings as JUnit XML')
}

/** `500k`, `10M`, `1G` bits a second -> kbit/s. */
function parseRate(text: string): number {
  const found = /^(\d{1,6}(?:\.\d{1,3})?)([kMG])$/.exec(text)
  const kbit = Number(found?.[1]) * { k: 1, M: 1e3, G: 1e6 }[(found?.[2] ?? 'k') as 'k']
  if (found === null || kbit < 100 || kbit > 1_000_000) {
    throw new InvalidArgumentError('wanted a rate from 100k to 1G, such as 500k or 10M.')
  }
  return Math.round(kbit)
}

/** `3%`, `0.5%` -> 0.03, 0.005 */
export function parseShare(text: string): number {
  const found = /^(\d{1,2}(?:\.\d{1,3})?)\s?%$/.exec(text)
  const share = Number(found?.[1]) / 100
  if (found === null || share <= 0 || share > 0.5) {
    throw new InvalidArgumentError('wanted a share from above 0% to 50%, such as 3%.')
  }
  return share
}
