import { hostname } from 'node:os'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '../../shared/errors.ts'
import { toolVersion } from '../version.ts'
import { DEFAULT_KEYS } from './keys-cli.ts'
import type { Output } from './output.ts'
import type { SigningPlan } from './signing.ts'
import { ensureSigningKey, notedName, readSigningKey, reflectorNameOf } from './signing-key.ts'

/** Folder of the signing key, and the name that receipts bear. */
export interface SigningOptions {
  readonly state: string
  readonly name: string
}

/** Adds `--state` and `--name`. */
export function addSigningOptions(command: Command): Command {
  return command
    .option('--state <dir>', 'folder of the signing key (default: that of the keys file)')
    .option('--name <name>', 'name that signed receipts bear (default: that of the host)')
}

export function signingFlags(flags: Record<string, unknown>): SigningOptions {
  const { state, name, keys } = flags
  return {
    state: typeof state === 'string' ? state : dirname(String(keys)),
    name: typeof name === 'string' ? name : reflectorNameOf(hostname()),
  }
}

type SignedWith =
  | { readonly plan: SigningPlan; readonly vkey: string }
  | { readonly plan: undefined; readonly why: string }

/** Says with which key receipts are signed, or why they are not. */
export function tellSigning(
  signing: SignedWith,
  { name }: SigningOptions,
  output: Output,
  say: (event: object, text: string) => void,
): void {
  if (signing.plan === undefined) output.err(signing.why)
  else say({ event: 'signing', name, vkey: signing.vkey }, `signs receipts: ${signing.vkey}`)
}

/** The key that receipts are signed with, made at the first start; without a place for it, why not. */
export function signWith({ state, name }: SigningOptions, keepsRows: boolean): SignedWith {
  try {
    const { pem, vkey } = ensureSigningKey(state, name)
    return { plan: { pem, name, version: toolVersion(), keepsRows }, vkey }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'STORE') throw error
    return { plan: undefined, why: `receipts are not signed: ${error.message}` }
  }
}

/** Adds `reflector key show`: the verifier key that others need to check receipts. */
export function addSigningKeyCommand(reflector: Command, output: Output): void {
  const key = reflector.command('key').description('the key that this reflector signs with')
  const show = key.command('show').description('print the verifier key of its receipts')
  addSigningOptions(show)
    .option('--keys <file>', 'access keys file', DEFAULT_KEYS)
    .option('--json', 'JSON output')
    .action((flags: Record<string, unknown>) => {
      const { state, name: given } = signingFlags(flags)
      const name = flags.name === undefined ? (notedName(state) ?? given) : given
      const { vkey } = readSigningKey(state, name)
      output.out(flags.json === true ? JSON.stringify({ name, vkey }) : vkey)
    })
}
