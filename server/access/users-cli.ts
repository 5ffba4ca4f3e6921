import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { Fault } from '../../shared/errors.ts'
import { remark } from '../remark.ts'
import { customerOf, nameOf } from './arguments.ts'
import { atDesk, atNewDesk, type ConsoleOptions, consoleActor, print, utc } from './console.ts'
import { addUser, changeUser } from './people.ts'

interface UserOptions extends ConsoleOptions {
  readonly admin?: boolean
  readonly customer?: string
  readonly passwordFile?: string
}

const SHORTEST = 10

/** Adds `users add | list | passwd | disable | enable`. */
export function addUserCommands(collector: Command): void {
  const users = collector.command('users').description('people who sign in with a browser')
  const options = (command: Command) => command.optsWithGlobals<UserOptions>()
  users
    .command('add')
    .argument('<name>', 'name to sign in with', nameOf)
    .description('let somebody sign in; prints a new password unless one is given')
    .option('--admin', 'may change things (default: may read)')
    .option('--customer <name>', 'sees the sites of this customer alone', customerOf)
    .option('--password-file <file>', 'take the password from this file; - reads stdin')
    .action((name: string, _options: unknown, command: Command) => add(name, options(command)))
  users
    .command('list')
    .description('show who may sign in')
    .action((_options: unknown, command: Command) => list(options(command)))
  users
    .command('passwd')
    .argument('<name>', 'whose', nameOf)
    .description('set a new password; sessions end')
    .option('--password-file <file>', 'take the password from this file; - reads stdin')
    .action((name: string, _options: unknown, command: Command) => passwd(name, options(command)))
  for (const verb of ['disable', 'enable'] as const) {
    users
      .command(verb)
      .argument('<name>', 'whose', nameOf)
      .description(verb === 'disable' ? 'shut an account; its sessions end' : 'open it again')
      .action((name: string, _options: unknown, command: Command) =>
        able(name, verb === 'disable', options(command)),
      )
  }
}

async function add(name: string, options: UserOptions): Promise<void> {
  const { password, made } = passwordOf(options)
  const role = options.admin === true ? 'admin' : 'viewer'
  const customer = options.customer ?? null
  await atNewDesk(options, (desk) =>
    addUser(desk, { name, password, role, customer }, consoleActor()),
  )
  tell(options, { name, role, customer }, password, made)
}

async function passwd(name: string, options: UserOptions): Promise<void> {
  const { password, made } = passwordOf(options)
  await atDesk(options, (desk) => changeUser(desk, name, { password }, consoleActor()))
  tell(options, { name }, password, made)
}

async function able(name: string, disabled: boolean, options: UserOptions): Promise<void> {
  await atDesk(options, (desk) => changeUser(desk, name, { disabled }, consoleActor()))
  print(options, { name, disabled }, [`User ${name} is ${disabled ? 'shut out' : 'let in'}.`])
}

async function list(options: UserOptions): Promise<void> {
  const users = await atDesk(options, (desk) => desk.book.users())
  const rows = users.map(({ password: _, addedMs, lastLoginMs, ...user }) => ({
    ...user,
    addedAt: utc(addedMs),
    lastLoginAt: lastLoginMs === null ? null : utc(lastLoginMs),
  }))
  const lines = rows.map(
    ({ name, role, customer, disabled, lastLoginAt }) =>
      `${name.padEnd(20)}  ${role.padEnd(6)}  ${customer ?? 'all sites'}${disabled ? '  disabled' : ''}  last in ${lastLoginAt ?? 'never'}`,
  )
  print(options, rows, lines.length === 0 ? ['no users'] : lines)
}

/** The password goes to stdout alone, so that it can be piped; the rest to stderr. */
function tell(options: UserOptions, facts: object, password: string, made: boolean): void {
  print(options, made ? { ...facts, password } : facts, made ? [password] : ['done'])
  if (made) remark(options, 'This password is not shown again.')
}

function passwordOf({ passwordFile }: UserOptions): { password: string; made: boolean } {
  if (passwordFile === undefined) {
    return { password: randomBytes(15).toString('base64url'), made: true }
  }
  let password: string
  try {
    password = readFileSync(passwordFile === '-' ? 0 : passwordFile, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new Fault('CONFIG_READ', passwordFile, 'a file with the password', String(error))
  }
  if (password.length >= SHORTEST && password.length <= 200) return { password, made: false }
  const wanted = `${SHORTEST} to 200 characters`
  throw new Fault('USAGE', '--password-file', wanted, `${password.length} of them`)
}
