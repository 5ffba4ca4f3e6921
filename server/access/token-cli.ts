import { join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { Fault } from '../../shared/errors.ts'
import { readTokens, writeTokens } from './token-file.ts'
import { makeToken, type Token, type TokenOwner } from './tokens.ts'

interface Common {
  readonly data: string
  readonly tokens?: string
  readonly json?: boolean
}
interface AddOptions extends Common {
  readonly agent?: string
  readonly site?: string
  readonly viewer?: string
}

/** Adds `tokens add | list | revoke`. A running collector follows the file within a second. */
export function addTokenCommands(collector: Command): void {
  const tokens = collector.command('tokens').description('make and take back access tokens')
  tokens
    .command('add')
    .description('make a token and print it, once')
    .option('--agent <name>', 'for this agent', tokenName)
    .option('--site <name>', 'of this site', tokenName)
    .option('--viewer <name>', 'for somebody or something that reads', tokenName)
    .action((_options: unknown, command: Command) => add(command.optsWithGlobals<AddOptions>()))
  tokens
    .command('list')
    .description('show whose tokens there are (never the tokens)')
    .action((_options: unknown, command: Command) => list(command.optsWithGlobals<Common>()))
  tokens
    .command('revoke <id>')
    .description('take a token back, at once')
    .action((id: string, _options: unknown, command: Command) =>
      revoke(id, command.optsWithGlobals<Common>()),
    )
}

function add(options: AddOptions): void {
  const file = fileOf(options)
  const { token, written } = makeToken(ownerOf(options), Date.now())
  writeTokens(file, [...readTokens(file), token])
  const { secretSha256: _, ...shown } = token
  // The token goes to stdout alone, so that it can be piped into a file; the rest to stderr.
  print(options, { ...shown, token: written }, [written])
  process.stderr.write(
    `Token ${token.id} for ${describe(token)}. It is not shown again; ${file} keeps its hash only.\n`,
  )
}

function list(options: Common): void {
  const tokens = readTokens(fileOf(options)).map(({ secretSha256: _, ...shown }) => shown)
  const lines = tokens.map(
    (token) => `${token.id}  ${new Date(token.createdMs).toISOString()}  ${describe(token)}`,
  )
  print(options, tokens, lines.length === 0 ? ['no tokens'] : lines)
}

function revoke(id: string, options: Common): void {
  const file = fileOf(options)
  const tokens = readTokens(file)
  const rest = tokens.filter((token) => token.id !== id)
  if (rest.length === tokens.length) {
    throw new Fault('USAGE', file, 'the id of a token in it', id, 'see collector tokens list')
  }
  writeTokens(file, rest)
  print(options, { revoked: id }, [`Token ${id} is revoked.`])
}

function ownerOf({ agent, site, viewer }: AddOptions): TokenOwner {
  if (viewer !== undefined && agent === undefined && site === undefined) {
    return { role: 'viewer', name: viewer }
  }
  if (viewer === undefined && agent !== undefined && site !== undefined) {
    return { role: 'agent', agent, site }
  }
  throw new Fault('USAGE', 'collector tokens add', '--agent NAME --site NAME, or --viewer NAME', {
    ...{ agent, site, viewer },
  })
}

function describe(owner: Pick<Token, 'role'> & Partial<AddOptions & { name: string }>): string {
  return owner.role === 'agent' ? `agent ${owner.agent} of ${owner.site}` : `viewer ${owner.name}`
}

function fileOf({ data, tokens }: Common): string {
  return tokens ?? join(resolve(data), 'tokens.json')
}

function tokenName(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) return text
  throw new InvalidArgumentError('wanted lower-case letters, digits and hyphens, at most 63')
}

function print(options: Common, json: unknown, lines: readonly string[]): void {
  process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : `${lines.join('\n')}\n`)
}
