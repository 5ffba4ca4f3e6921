import type { Command } from 'commander'
import { Fault } from '../../shared/errors.ts'
import { bracketed } from '../../shared/host-text.ts'
import { remark } from '../remark.ts'
import { pinOfFile } from '../tls.ts'
import { customerOf, nameOf } from './arguments.ts'
import { collectorUrl, isEverywhere, type Reached } from './collector-url.ts'
import { atDesk, atNewDesk, type ConsoleOptions, consoleActor, print, utc } from './console.ts'
import { invite } from './enrolment.ts'

interface CreateOptions extends ConsoleOptions, Reached {
  readonly site: string
  readonly agent?: string
  readonly customer?: string
}

const EXAMPLE = `
Example:
  voip-ready collector enrol create --site leeds --customer "Leeds Ltd" \\
    --url https://collector.example:8460 --tls-cert /etc/voip-ready/tls.crt`

/** Adds `enrol create | list`. */
export function addEnrolCommands(collector: Command): void {
  const enrol = collector.command('enrol').description('let agents in, with one-time tokens')
  enrol
    .command('create')
    .description('make a token for an agent of a site, good once and for 24 hours')
    .requiredOption('--site <name>', 'the site', nameOf)
    .option('--agent <name>', 'only for an agent of this name', nameOf)
    .option('--customer <name>', 'whose site it is from now on', customerOf)
    .addHelpText('after', EXAMPLE)
    .action((_options: unknown, command: Command) =>
      create(command.optsWithGlobals<CreateOptions>()),
    )
  enrol
    .command('list')
    .description('show tokens and what became of them (never the tokens)')
    .action((_options: unknown, command: Command) =>
      list(command.optsWithGlobals<ConsoleOptions>()),
    )
}

async function create(options: CreateOptions): Promise<void> {
  const { site, agent = null, customer = null, tlsCert } = options
  const collector = addressOf(options)
  const pin = tlsCert === undefined ? null : pinOfFile(tlsCert)
  const made = await atNewDesk(options, (desk) =>
    invite(desk, { site, agent, customer, by: consoleActor(), collector, pin }),
  )
  const { expiresMs, ...shown } = made
  const line = `voip-ready agent enrol '${made.invitation}' --state /var/lib/voip-ready-agent`
  print(options, { ...shown, expiresAt: utc(expiresMs) }, [line])
  remark(
    options,
    `Run this at the site. It works once, until ${utc(expiresMs)}, and is not shown again.`,
  )
  if (collector.startsWith('https:') && pin === null) {
    remark(options, 'No pin: the agent will trust its system. Name --tls-cert to pin.')
  }
}

/** Where agents are to ask. @throws Fault USAGE where nobody could reach it by what was said */
function addressOf(options: CreateOptions): string {
  const { url, listen, tlsCert } = options
  if (url !== undefined || !isEverywhere(options)) return collectorUrl(options)
  const scheme = tlsCert === undefined ? 'http' : 'https'
  const wanted = `the address that agents reach it by, e.g. ${scheme}://noc.example:${listen.port}`
  const found = `none, and it listens on all of this host (${bracketed(listen.host)})`
  throw new Fault('USAGE', '--url', wanted, found)
}

async function list(options: ConsoleOptions): Promise<void> {
  const tokens = await atDesk(options, (desk) => desk.book.enrolTokens(1000))
  const nowMs = Date.now()
  const rows = tokens.map(({ secretSha256: _, createdMs, expiresMs, usedMs, ...token }) => ({
    ...token,
    createdAt: utc(createdMs),
    expiresAt: utc(expiresMs),
    usedAt: usedMs === null ? null : utc(usedMs),
    state: usedMs !== null ? 'used' : expiresMs <= nowMs ? 'expired' : 'waiting',
  }))
  const lines = rows.map(
    ({ id, site, agent, usedAgent, state, createdAt, createdBy }) =>
      `${id}  ${createdAt}  ${state.padEnd(7)}  ${site}/${usedAgent ?? agent ?? '*'}  by ${createdBy}`,
  )
  print(options, rows, lines.length === 0 ? ['no enrolment tokens'] : lines)
}
