import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '../../shared/errors.ts'
import { remark } from '../remark.ts'
import type { ApiToken } from '../store/access/revision.ts'
import { customerOf, lifeOf, nameOf } from './arguments.ts'
import { newSecret } from './bearer.ts'
import { atDesk, atNewDesk, type ConsoleOptions, consoleActor, print, utc } from './console.ts'
import { auditOf } from './desk.ts'
import { readTokens, writeTokens } from './token-file.ts'
import { makeToken } from './tokens.ts'

interface AddOptions extends ConsoleOptions {
  readonly agent?: string
  readonly site?: string
  readonly viewer?: string
  readonly admin?: string
  readonly customer?: string
  readonly expires?: number
}

type Owner = Pick<ApiToken, 'role' | 'name' | 'customer' | 'site' | 'agent'>

const ABOUT = `
Tokens are kept in the store. With --tokens FILE they are kept in that file instead, for agents and
viewers of all sites; a collector that was given the file follows it within a second.

Examples:
  voip-ready collector tokens add --viewer prometheus
  voip-ready collector tokens add --admin deploy --expires 30d
  voip-ready collector tokens add --viewer acme-noc --customer "Acme Ltd"`

/** Adds `tokens add | list | revoke`. A running collector follows within a second. */
export function addTokenCommands(collector: Command): void {
  const tokens = collector.command('tokens').description('make and take back access tokens')
  tokens
    .command('add')
    .description('make a token and print it, once')
    .option('--agent <name>', 'for this agent (better: collector enrol create)', nameOf)
    .option('--site <name>', 'of this site', nameOf)
    .option('--viewer <name>', 'for somebody or something that reads', nameOf)
    .option('--admin <name>', 'for somebody or something that changes things', nameOf)
    .option('--customer <name>', 'a viewer of this customer’s sites alone', customerOf)
    .option('--expires <time>', 'good for so long: 12h, 90d (default: for ever)', lifeOf)
    .addHelpText('after', ABOUT)
    .action((_options: unknown, command: Command) => add(command.optsWithGlobals<AddOptions>()))
  tokens
    .command('list')
    .description('show whose tokens there are (never the tokens)')
    .action((_options: unknown, command: Command) =>
      list(command.optsWithGlobals<ConsoleOptions>()),
    )
  tokens
    .command('revoke <id>')
    .description('take a token back, at once')
    .action((id: string, _options: unknown, command: Command) =>
      revoke(id, command.optsWithGlobals<ConsoleOptions>()),
    )
}

async function add(options: AddOptions): Promise<void> {
  const owner = ownerOf(options)
  const made = options.tokens === undefined ? await addToStore(options, owner) : addToFile(options)
  // The token goes to stdout alone, so that it can be piped into a file; the rest to stderr.
  const { id, token, kept } = made
  const shown = Object.entries(owner).filter(([, value]) => value !== null)
  print(options, { id, ...Object.fromEntries(shown), token }, [token])
  remark(
    options,
    `Token ${id} for ${describe(owner)}. It is not shown again; ${kept} keeps its hash only.`,
  )
  // An agent that is not named has the name of its site; under it this token would not be its own.
  const { agent, site } = owner
  if (agent !== null && agent !== site) {
    remark(options, `Start that agent with --name ${agent}: the token is good for no other.`)
  }
}

interface Made {
  readonly id: string
  readonly token: string
  readonly kept: string
}

async function addToStore(options: AddOptions, owner: Owner): Promise<Made> {
  const { written: token, ...secret } = newSecret()
  const addedMs = Date.now()
  const expiresMs = options.expires === undefined ? null : addedMs + options.expires
  await atNewDesk(options, (desk) => {
    const { role, name, customer } = owner
    const detail = { token: secret.id, role, name, customer, expiresMs }
    const audit = auditOf(desk, consoleActor(), 'token.add', owner.site, detail)
    return desk.book.addToken({ ...owner, ...secret, addedMs, expiresMs }, audit)
  })
  return { id: secret.id, token, kept: 'the store' }
}

function addToFile(options: AddOptions): Made {
  const { agent, site, viewer, customer, expires } = options
  const file = options.tokens ?? ''
  const plain = customer === undefined && expires === undefined
  if (options.admin !== undefined || !plain) {
    const repair = 'leave --tokens out: such tokens are kept in the store'
    throw new Fault('USAGE', '--tokens', 'agents and viewers of all sites', 'another', repair)
  }
  const { token, written } =
    agent !== undefined && site !== undefined
      ? makeToken({ role: 'agent', agent, site }, Date.now())
      : makeToken({ role: 'viewer', name: viewer ?? '' }, Date.now())
  writeTokens(file, [...readTokens(file), token])
  return { id: token.id, token: written, kept: file }
}

async function list(options: ConsoleOptions): Promise<void> {
  const inFile = readTokens(fileOf(options)).map(({ secretSha256: _, createdMs, ...token }) => ({
    ...{ customer: null, ...token, addedAt: utc(createdMs) },
    ...{ kept: 'file', expiresAt: null, lastUsedAt: null },
  }))
  const inStore = (await storedTokens(options))
    .filter(({ revokedMs }) => revokedMs === null)
    .map(({ secretSha256: _, addedMs, expiresMs, lastUsedMs, revokedMs: __, ...token }) => ({
      ...{ ...token, addedAt: utc(addedMs), kept: 'store' },
      expiresAt: expiresMs === null ? null : utc(expiresMs),
      lastUsedAt: lastUsedMs === null ? null : utc(lastUsedMs),
    }))
  const all = [...inFile, ...inStore]
  const lines = all.map((token) => {
    const life = token.expiresAt === null ? '' : `  until ${token.expiresAt}`
    const used = token.lastUsedAt === null ? '' : `  last used ${token.lastUsedAt}`
    return `${token.id}  ${token.addedAt}  ${describe(token)}  (${token.kept})${life}${used}`
  })
  print(options, all, lines.length === 0 ? ['no tokens'] : lines)
}

async function revoke(id: string, options: ConsoleOptions): Promise<void> {
  const file = fileOf(options)
  const tokens = readTokens(file)
  const rest = tokens.filter((token) => token.id !== id)
  if (rest.length < tokens.length) writeTokens(file, rest)
  const inStore = options.tokens === undefined && (await revokeInStore(id, options))
  if (!inStore && rest.length === tokens.length) {
    const where = options.tokens ?? `${file} and the store`
    throw new Fault('USAGE', where, 'the id of a token in it', id, 'see collector tokens list')
  }
  print(options, { revoked: id }, [`Token ${id} is revoked.`])
}

function revokeInStore(id: string, options: ConsoleOptions): Promise<boolean> {
  return atDesk(options, (desk) => {
    const audit = auditOf(desk, consoleActor(), 'token.revoke', null, { token: id })
    return desk.book.revokeToken(id, Date.now(), audit)
  })
}

/** None where a token file was named: then it is the file that is asked about. */
async function storedTokens(options: ConsoleOptions): Promise<readonly ApiToken[]> {
  if (options.tokens !== undefined) return []
  return (await atDesk(options, ({ book }) => book.changesSince(-1))).tokens
}

function ownerOf({ agent, site, viewer, admin, ...rest }: AddOptions): Owner {
  const customer = rest.customer ?? null
  const none = { customer: null, site: null, agent: null }
  const chosen = [agent, viewer, admin].filter((one) => one !== undefined).length
  if (chosen === 1 && agent !== undefined && site !== undefined && customer === null) {
    return { role: 'agent', name: agent, customer, site, agent }
  }
  if (chosen === 1 && viewer !== undefined && site === undefined) {
    return { ...none, role: 'viewer', name: viewer, customer }
  }
  if (chosen === 1 && admin !== undefined && site === undefined && customer === null) {
    return { ...none, role: 'admin', name: admin }
  }
  const wanted = '--agent NAME --site NAME, or --viewer NAME [--customer NAME], or --admin NAME'
  throw new Fault('USAGE', 'collector tokens add', wanted, {
    ...{ agent, site, viewer, admin, customer },
  })
}

function describe(owner: {
  readonly role: string
  readonly name?: string
  readonly customer?: string | null
  readonly agent?: string | null
  readonly site?: string | null
}): string {
  if (owner.role === 'agent') return `agent ${owner.agent} of ${owner.site}`
  const whose = owner.customer ? ` of ${owner.customer}` : ''
  return `${owner.role} ${owner.name}${whose}`
}

function fileOf({ data, tokens }: ConsoleOptions): string {
  return tokens ?? join(resolve(data), 'tokens.json')
}
