import { type Command, InvalidArgumentError, Option } from 'commander'
import { EXIT, Fault } from '../../shared/errors.ts'
import { bracketed } from '../../shared/host-text.ts'
import type { RunAsk } from '../../shared/plan/run.ts'
import { RUN_KINDS, type RunState } from '../../shared/plan/run-kinds.ts'
import { shellWord } from '../../shared/shell-word.ts'
import { nameOf } from '../access/arguments.ts'
import { print } from '../access/console.ts'
import { remark } from '../remark.ts'
import { type ApiOptions, atApi } from './access.ts'
import type { Api } from './api.ts'
import { type FindingsPrinter, type ShownRun, tellRun, watchRun } from './watch-run.ts'

interface AskOptions extends ApiOptions {
  readonly lines?: readonly string[]
  readonly farEnd?: 'primary' | 'secondary'
  readonly seconds?: number
  readonly calls?: number
  readonly agent?: string
  /** False with --no-wait. */
  readonly wait: boolean
}

const EXAMPLE = `
Exits as a check does: 0 ready, 1 not ready, 2 cannot say, 3 refused by the plan or wrong usage,
4 failed, cancelled, expired or refused by the agent. Ctrl-C stops watching; the run goes on.

Examples:
  voip-ready collector run ask leeds check
  voip-ready collector run ask leeds media --calls 20 --seconds 120 --far-end primary
  voip-ready collector run ask leeds ports --lines RCM-05,RCM-06 --json`

/** Adds `run ask | watch | list | cancel`. */
export function addRunCommands(collector: Command, printer: FindingsPrinter): void {
  const run = collector.command('run').description('runs on demand at sites, behind NAT too')
  const withToken = (command: Command) =>
    command.option('--token-file <file>', 'a token of an administrator, for a collector elsewhere')
  const options = (command: Command) => command.optsWithGlobals<AskOptions>()
  withToken(run.command('ask'))
    .argument('<site>', 'name of the site', nameOf)
    .argument('<kind>', RUN_KINDS.join(', '), kindOf)
    .description('ask for a run, watch it, and print its findings')
    .option('--lines <ids>', 'look at these lines alone: VRN-3,RCM-05', linesOf)
    .addOption(new Option('--far-end <name>', 'only there').choices(['primary', 'secondary']))
    .option('--seconds <n>', 'how long voice is measured; of capacity and qos a step', count(600))
    .option('--calls <n>', 'simultaneous calls; of capacity the most', count(10_000))
    .option('--agent <name>', 'where a site has several agents', nameOf)
    .option('--no-wait', 'only ask, and print the id')
    .addHelpText('after', EXAMPLE)
    .action((site: string, kind: RunAsk['kind'], _: unknown, command: Command) =>
      ask(site, kind, options(command), tellingBy(printer, command)),
    )
  withToken(run.command('watch'))
    .argument('<site>', 'name of the site', nameOf)
    .argument('<id>', 'id of the run')
    .description('watch a run to its end, and print its findings')
    .action((site: string, id: string, _: unknown, command: Command) =>
      watch(site, id, options(command), tellingBy(printer, command)),
    )
  withToken(run.command('list'))
    .argument('<site>', 'name of the site', nameOf)
    .description('show the runs of a site, newest first')
    .action((site: string, _: unknown, command: Command) => list(site, options(command)))
  withToken(run.command('cancel'))
    .argument('<site>', 'name of the site', nameOf)
    .argument('<id>', 'id of the run')
    .description('end a run before its time')
    .action((site: string, id: string, _: unknown, command: Command) =>
      cancel(site, id, options(command)),
    )
}

type Telling = (api: Api, run: ShownRun) => Promise<string>

/** Options by which a command found the collector; one of the database may hold a password. */
const FOUND_BY = ['data', 'listen', 'url', 'tlsCert', 'tokenFile', 'agent'] as const

/** Tells a run with commands that ask for another one at the same collector. */
function tellingBy(printer: FindingsPrinter, command: Command): Telling {
  const options = command.optsWithGlobals<AskOptions & { readonly data?: string }>()
  const behind = FOUND_BY.flatMap((name) => {
    if (command.getOptionValueSourceWithGlobals(name) !== 'cli') return []
    const value = options[name]
    const text =
      typeof value === 'object' ? `${bracketed(value.host)}:${value.port}` : (value ?? '')
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    return [`--${flag} ${shellWord(text)}`]
  })
  return (api, run) => tellRun(api, run, printer, behind)
}

async function ask(
  site: string,
  kind: RunAsk['kind'],
  options: AskOptions,
  tell: Telling,
): Promise<void> {
  const { lines, farEnd, seconds, calls, agent } = options
  const wanted = Object.entries({ lines, farEnd, seconds, calls, agent })
  const json = { kind, ...Object.fromEntries(wanted.filter(([, value]) => value !== undefined)) }
  await atApi(options, async (api) => {
    const { body } = await api.ask('POST', `/sites/${site}/runs`, { json })
    const { id } = body as { readonly id: string }
    if (!options.wait) return print(options, { site, id }, [id])
    remark(options, `run ${id} of ${site} is asked for`)
    await finish(api, site, id, options, tell)
  })
}

function watch(site: string, id: string, options: AskOptions, tell: Telling): Promise<void> {
  return atApi(options, (api) => finish(api, site, idOf(id), options, tell))
}

async function finish(
  api: Api,
  site: string,
  id: string,
  options: AskOptions,
  tell: Telling,
): Promise<void> {
  const run = await watchRun(api, site, id)
  if (run === null) {
    remark(options, `the run goes on; end it with: voip-ready collector run cancel ${site} ${id}`)
    process.exitCode = EXIT.inconclusive
    return
  }
  process.exitCode = exitOf(run)
  if (options.json === true) print(options, run, [])
  else process.stdout.write(await tell(api, run))
}

const EXITS = { READY: EXIT.pass, 'NOT READY': EXIT.fail, 'CANNOT SAY': EXIT.inconclusive } as const

/** By the collector's own judgement where it has one. */
function exitOf({ state, judged, result }: ShownRun): number {
  const overall = judged?.overall ?? result?.overall
  if (state !== 'done' || overall === undefined) return EXIT.environment
  return EXITS[overall]
}

async function list(site: string, options: AskOptions): Promise<void> {
  const { body } = await atApi(options, (api) => api.ask('GET', `/sites/${site}/runs`))
  const { runs } = body as { readonly runs: readonly Listed[] }
  const lines = runs.map(
    ({ id, ask: asked, state, by, askedAt, why }) =>
      `${id}  ${askedAt.slice(0, 19)}Z  ${asked.kind.padEnd(8)}  ${state.padEnd(9)}  by ${by}` +
      (why === '' ? '' : `\n    ${why}`),
  )
  print(options, runs, lines.length === 0 ? ['nobody has asked for a run yet'] : lines)
}

interface Listed {
  readonly id: string
  readonly ask: RunAsk
  readonly state: RunState
  readonly by: string
  readonly askedAt: string
  readonly why: string
}

async function cancel(site: string, id: string, options: AskOptions): Promise<void> {
  const { body, status } = await atApi(options, (api) =>
    api.ask('DELETE', `/sites/${site}/runs/${idOf(id)}`),
  )
  const { state } = body as { readonly state: RunState }
  const word = status === 202 ? `${state}, and told to end` : state
  print(options, body, [`Run ${id} is ${word}.`])
}

function idOf(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase()
  throw new Fault('USAGE', 'collector run', 'the id of a run', text.slice(0, 60))
}

function kindOf(text: string): RunAsk['kind'] {
  const kind = RUN_KINDS.find((one) => one === text)
  if (kind !== undefined) return kind
  throw new InvalidArgumentError(`wanted ${RUN_KINDS.join(', ')}`)
}

function linesOf(text: string): readonly string[] {
  return text.split(',').map((id) => id.trim().toUpperCase())
}

function count(most: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text)
    throw new InvalidArgumentError(`wanted a whole number from 1 to ${most}`)
  }
}
