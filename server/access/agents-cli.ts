import type { Command } from 'commander'
import { Fault } from '../../shared/errors.ts'
import { enrolledAgents, revokeAgent } from './agent-keys.ts'
import { atDesk, type ConsoleOptions, consoleActor, print, utc } from './console.ts'
import { agentVkey } from './enrolment.ts'
import { KnownAccess } from './known.ts'

interface RevokeOptions extends ConsoleOptions {
  readonly why: string
  readonly key?: string
}

/** Adds `agents list | revoke` and `audit`. */
export function addAgentCommands(collector: Command): void {
  const agents = collector.command('agents').description('enrolled agents and their keys')
  agents
    .command('list')
    .description('show agents and keys; compare the fingerprints with those at the sites')
    .action((_options: unknown, command: Command) =>
      list(command.optsWithGlobals<ConsoleOptions>()),
    )
  agents
    .command('revoke <site/agent>')
    .description('take the keys of an agent back, at once and for good')
    .requiredOption('--why <text>', 'the reason, for the audit')
    .option('--key <id>', 'only this key')
    .action((name: string, _options: unknown, command: Command) =>
      revoke(name, command.optsWithGlobals<RevokeOptions>()),
    )
  collector
    .command('audit')
    .description('show what was done, newest first')
    .option('--site <name>', 'at this site alone')
    .option('--limit <n>', 'at most so many', '100')
    .action((_options: unknown, command: Command) =>
      audit(command.optsWithGlobals<ConsoleOptions & AuditOptions>()),
    )
}

interface AuditOptions {
  readonly site?: string
  readonly limit: string
}

async function list(options: ConsoleOptions): Promise<void> {
  const agents = await atDesk(options, async ({ book }) => {
    const known = await new KnownAccess(book, () => performance.now()).fresh()
    return enrolledAgents(known)
  })
  const nowMs = Date.now()
  const rows = agents.flatMap(({ site, agent, customer, keys }) =>
    keys.map((key) => ({
      ...{ site, agent, customer, keyId: key.keyId, state: key.state },
      vkey: agentVkey(site, agent, key.publicKey),
      addedAt: utc(key.addedMs),
      expiresAt: utc(key.expiresMs),
      expired: key.state === 'active' && key.expiresMs <= nowMs,
    })),
  )
  const lines = rows.flatMap((row) => [
    `${row.site}/${row.agent}  ${row.state}  ${(row.keyId.match(/.{4}/g) ?? []).join(' ')}  until ${row.expiresAt}${row.expired ? '  EXPIRED' : ''}`,
    `    ${row.vkey}`,
  ])
  print(options, rows, lines.length === 0 ? ['no enrolled agents'] : lines)
}

async function revoke(name: string, options: RevokeOptions): Promise<void> {
  const [site, agent, ...rest] = name.split('/')
  if (site === undefined || agent === undefined || rest.length > 0) {
    throw new Fault('USAGE', 'collector agents revoke', 'SITE/AGENT', name)
  }
  const reason = { why: options.why.slice(0, 300), by: consoleActor() }
  const revoked = await atDesk(options, (desk) =>
    revokeAgent(desk, { site, agent }, options.key ?? null, reason),
  )
  print(options, { revoked }, [`${revoked.length} key(s) of ${name} taken back.`])
}

async function audit(options: ConsoleOptions & AuditOptions): Promise<void> {
  const limit = Number(options.limit)
  if (!Number.isInteger(limit) || limit < 1) {
    throw new Fault('USAGE', '--limit', 'a number of entries', options.limit)
  }
  const query = { site: options.site ?? null, before: null, limit }
  const entries = await atDesk(options, ({ book }) => book.readAudit(query))
  const lines = entries.map(
    ({ atMs, actor, action, site, detail }) =>
      `${utc(atMs)}  ${actor}  ${action}  ${site ?? ''}  ${JSON.stringify(detail)}`,
  )
  const rows = entries.map(({ atMs, ...entry }) => ({ ...entry, at: utc(atMs) }))
  print(options, rows, lines.length === 0 ? ['nothing was done yet'] : lines)
}
