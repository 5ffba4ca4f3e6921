import type { Command } from 'commander'
import { addKey, readKeys, revokeKey } from './keys.ts'
import type { Output } from './output.ts'

export const DEFAULT_KEYS = '/etc/voip-ready/reflector-keys.json'

/** Adds `reflector keys add|list|revoke`. */
export function addKeyCommands(reflector: Command, output: Output): void {
  const keys = reflector.command('keys').description('access keys of this reflector')
  const command = (usage: string, says: string): Command =>
    keys
      .command(usage)
      .description(says)
      .option('--keys <file>', 'access keys file', DEFAULT_KEYS)
      .option('--json', 'JSON output')
  command('add <name>', 'make a key and print it once').action(
    (name: string, options: KeysOptions) => addReflectorKey(name, options, output),
  )
  command('list', 'names and days, never secrets').action((options: KeysOptions) =>
    listReflectorKeys(options, output),
  )
  command('revoke <name>', 'end a key and its sessions').action(
    (name: string, options: KeysOptions) => revokeReflectorKey(name, options, output),
  )
}

interface KeysOptions {
  readonly keys: string
  readonly json?: boolean
}

/** Makes a key and prints it once as `id:secret`. */
function addReflectorKey(id: string, options: KeysOptions, output: Output): void {
  const key = addKey(options.keys, id, new Date())
  const text = `${key.id}:${key.secret}`
  output.out(options.json ? JSON.stringify({ id: key.id, key: text, made: key.made }) : text)
}

/** Lists ids and days, never secrets. */
function listReflectorKeys(options: KeysOptions, output: Output): void {
  const keys = readKeys(options.keys).map(({ id, made, revoked }) => ({ id, made, revoked }))
  if (options.json) output.out(JSON.stringify(keys))
  else if (keys.length === 0) output.out('no keys')
  else
    for (const { id, made, revoked } of keys)
      output.out(`${id.padEnd(32)} made ${made}${revoked === null ? '' : `  revoked ${revoked}`}`)
}

/** Revokes a key; a running reflector ends its sessions within two seconds. */
function revokeReflectorKey(id: string, options: KeysOptions, output: Output): void {
  const key = revokeKey(options.keys, id, new Date())
  output.out(options.json ? JSON.stringify({ id, revoked: key.revoked }) : `${id} revoked`)
}
