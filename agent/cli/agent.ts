import { type Command, Option } from 'commander'
import { parseBytes, parseCount, parseDurationWithin } from './arguments.ts'
import { engineOption } from './check.ts'

/** What `agent` was asked on the command line. */
export interface AgentOptions {
  /** Left out: the collector's plan is followed. */
  readonly site?: string
  /** Address and token file; an enrolled agent needs neither. */
  readonly collector?: string
  readonly tokenFile?: string
  /** Left out: `spool` in the state folder. */
  readonly spool?: string
  /** Follow the collector's plan. */
  readonly plan?: boolean
  /** Folder of the agent's identity and key; the one that holds the spool where it is not given. */
  readonly state?: string
  /** Name of this agent; the site's name where it is not given. */
  readonly name?: string
  readonly engine: 'auto' | 'linux' | 'dgram'
  /** Bytes. */
  readonly spoolSize: number
  /** Milliseconds. */
  readonly spoolAge: number
  /** Octets of raw rows on disk; 0: none. */
  readonly rowsSize: number
  readonly rowsDays: number
  /** Milliseconds between two looks at everything besides voice; 0: never; left out: hourly, or as a plan says. */
  readonly checks?: number
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  voip-ready agent --state /var/lib/voip-ready-agent
  voip-ready agent --site site.yaml --collector http://127.0.0.1:8460 \\
    --token-file agent.token --spool spool

The first is for an enrolled agent (voip-ready agent enrol): it knows its collector, and does what
the collector's plan for its site says. One G.711 call runs to each data centre all the time; every
minute becomes one record. What the collector has not acknowledged waits in the spool. Stops on
SIGTERM or Ctrl-C and loses nothing.
Also: voip-ready agent enrol, agent ledger and agent rows (each has its --help).`

const parseTime = parseDurationWithin('5m', '12h')
const parseRowsSize = (text: string) => (text === 'off' ? 0 : parseBytes(text))
/** Not null, of which commander makes an empty text. */
const parseSchedule = (text: string) => (text === 'off' ? 0 : parseTime(text))

export function addAgentCommand(program: Command): void {
  addRowsOptions(program.command('agent'))
    .description('measure all the time and deliver a record every minute')
    .option('--site <file>', 'site file: profile, far ends, keys')
    .option('--plan', "follow the collector's plan (default when enrolled, without --site)")
    .option('--collector <url>', 'address of the collector (default: that it enrolled at)')
    .option('--token-file <file>', 'file with the token of an agent that has not enrolled')
    .option('--spool <dir>', 'where records wait for the collector (default: in --state)')
    .option('--state <dir>', 'where an enrolled agent keeps its identity (default: beside --spool)')
    .option('--name <name>', 'name of this agent (default: that of the site)')
    .addOption(engineOption())
    .addOption(
      new Option('--spool-size <size>', 'most that may wait: 500M, 2G')
        .argParser(parseBytes)
        .default(2e9, '2G'),
    )
    .addOption(
      new Option('--spool-age <time>', 'longest time that may wait')
        .argParser(parseDurationWithin('1h', '3650d'))
        .default(60 * 86_400_000, '60d'),
    )
    .addOption(
      new Option(
        '--checks <time>',
        'how often to look at ports, DNS, DHCP, links; or off (default: 1h; a plan says it itself)',
      ).argParser(parseSchedule),
    )
    .addHelpText('after', EXAMPLES)
    .action((_options, command: Command) => {
      // Run by agent-apart.ts, which starts the agent with what is printed here.
      process.stdout.write(JSON.stringify(command.optsWithGlobals<AgentOptions>()))
    })
}

function addRowsOptions(agent: Command): Command {
  return agent
    .addOption(
      new Option('--rows-size <size>', 'most disk for raw rows (some 40 MB a call and day); or off')
        .argParser(parseRowsSize)
        .default(2e9, '2G'),
    )
    .addOption(
      new Option('--rows-days <n>', 'longest that raw rows are kept')
        .argParser(parseCount(1, 365))
        .default(7),
    )
}
