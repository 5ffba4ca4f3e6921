import { writeFileSync } from 'node:fs'
import { EXIT, Fault } from '../../shared/errors.ts'
import type { PortsObservation } from '../../shared/record/ports.ts'
import { linesRead } from '../../shared/shown/line-read.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import { judge } from '../../shared/verdict/judge.ts'
import { judgementAsCalled, namingOf } from '../check/again.ts'
import { type RunInput, readInput } from '../check/input.ts'
import type { HostAndPort } from '../cli/arguments.ts'
import type { Output } from '../cli/output.ts'
import { readyFarEnds } from '../far-ends.ts'
import { portsIo } from '../io/ports.ts'
import type { ReadyFarEnd } from '../plan.ts'
import { openTable, portsProbe } from '../probes/ports/ports.ts'
import { renderMatrix } from './matrix.ts'
import { renderTicketCsv, renderTicketText, type Sources, ticketOf } from './ticket.ts'

/** What `ports` was asked on the command line. */
export interface PortsOptions {
  readonly site?: string
  readonly primary?: HostAndPort
  readonly secondary?: HostAndPort
  readonly key?: string
  readonly profile?: string
  readonly only?: readonly string[]
  /** Files NAME.csv and NAME.txt are written. */
  readonly firewallTicket?: string
  readonly json?: boolean
}

/**
 * `voip-ready ports`: tries the rows of the port tables at every far end and prints the matrix; with
 * a ticket, also writes what is still to open. Returns the exit code.
 */
export async function runPorts(options: PortsOptions, output: Output): Promise<number> {
  const input = await readInput(options)
  const only = options.only ?? portLines(input)
  judgeRows(input, only, [], 0)
  const farEnds = await readyFarEnds(input.site, input.keys, input.where)
  const seen = await look(input, farEnds, only, output)
  const now = Date.now()
  const judgement = judgeRows(input, only, seen, now)
  const exit = EXIT_OF[judgement.overall]
  if (options.firewallTicket !== undefined) {
    await writeTicket(options.firewallTicket, { input, farEnds, seen, judgement }, output)
  }
  if (options.json === true) {
    const { site } = input.site
    const told = judgementAsCalled(judgement, { named: namingOf(options) })
    const lines = linesRead(input.profile.profile, input.site, judgement.findings)
    const result = {
      ...{ format: 'voip-ready/ports/1', site, exit, judgement: told, lines, observations: seen },
    }
    output.out(`${JSON.stringify(result)}\n`)
  } else output.out(renderMatrix(input, judgement, seen, output.paint))
  return exit
}

const EXIT_OF = {
  READY: EXIT.pass,
  'NOT READY': EXIT.fail,
  'CANNOT SAY': EXIT.inconclusive,
} as const

function portLines({ profile }: RunInput): readonly string[] {
  const rows = profile.profile.requirements.filter(({ kind }) => kind === 'ports')
  return rows.map(({ id }) => id)
}

function judgeRows(
  input: RunInput,
  only: readonly string[],
  observations: readonly PortsObservation[],
  now: number,
): Judgement {
  const { profile, sha256 } = input.profile
  const from = Math.min(now, ...observations.map((one) => one.from))
  const to = now + 1
  return judge({ profile, sha256, site: input.site, observations, from, to, onlyLines: only })
}

async function look(
  { site, profile }: RunInput,
  farEnds: readonly ReadyFarEnd[],
  only: readonly string[],
  output: Output,
): Promise<readonly PortsObservation[]> {
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  process.once('SIGINT', abort).once('SIGTERM', abort)
  const context = {
    ...{ profile: profile.profile, site, farEnds, only: new Set(only), earlier: [] },
    nowMs: () => Date.now(),
    progress: (text: string) => {
      if (output.live) output.err(`\r\u001b[K${text}`)
    },
  }
  try {
    const seen = await portsProbe(portsIo()).run(context, stop.signal)
    return seen.filter((one) => one.kind === 'ports')
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort)
    if (output.live) output.err('\r\u001b[K')
  }
}

interface Looked {
  readonly input: RunInput
  readonly farEnds: readonly ReadyFarEnd[]
  readonly seen: readonly PortsObservation[]
  readonly judgement: Judgement
}

async function writeTicket(
  name: string,
  { input, farEnds, seen, judgement }: Looked,
  output: Output,
): Promise<void> {
  const ticket = ticketOf(input, seen, await sourcesOf(input, farEnds))
  const files = [
    [`${name}.csv`, renderTicketCsv(ticket)],
    [`${name}.txt`, renderTicketText(ticket, input.site.site, judgement.findings)],
  ] as const
  for (const [file, text] of files) {
    try {
      writeFileSync(file, text)
    } catch (error) {
      const found = (error as Error).message
      throw new Fault('STORE', `--firewall-ticket ${file}`, 'a file that can be written', found)
    }
  }
  output.err(`wrote ${files.map(([file]) => file).join(' and ')}\n`)
}

/** This host's address on the way to each far end, as a firewall sees it from inside. */
async function sourcesOf(input: RunInput, farEnds: readonly ReadyFarEnd[]): Promise<Sources> {
  const io = portsIo()
  const sources: { primary?: string; secondary?: string } = {}
  for (const farEnd of farEnds) {
    const { desk } = await openTable(input.site, farEnd, io)
    if (desk !== null) sources[farEnd.farEnd] = desk.local
    desk?.close()
  }
  return sources
}
