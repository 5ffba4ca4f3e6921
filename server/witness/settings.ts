import { readFileSync } from 'node:fs'
import { Fault } from '../../shared/errors.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { parsePolicy } from '../../shared/evidence/policy.ts'
import { KEY_TYPE, parseVkey } from '../../shared/evidence/vkey.ts'
import type { AskedWitness } from '../ledger/witness-desk.ts'

export interface WitnessSettings {
  readonly witnesses: readonly AskedWitness[]
  /** The policy that goes into bundles; null: none was given. */
  readonly policy: string | null
}

const FORM = 'URL=VKEY, with the key of a witness (type 4)'

/**
 * What the command line says of witnesses: `URL=VKEY` each, and a policy (C2SP tlog-policy) whose
 * witness lines with an address are asked too.
 * @throws Fault USAGE, CONFIG_READ, CONFIG_VALUE
 */
export function witnessSettings(
  given: readonly string[],
  policyFile: string | null,
): WitnessSettings {
  const witnesses = given.map(readOne)
  if (policyFile === null) return { witnesses: onceEach(witnesses), policy: null }
  const octets = readPolicy(policyFile)
  const policy = parsePolicy(nodeCrypto, octets)
  if (!policy.ok)
    throw new Fault('CONFIG_VALUE', policyFile, 'a policy (tlog-policy)', policy.error)
  const listed = policy.value.witnesses.flatMap(({ vkey, url }) =>
    url === null ? [] : [{ vkey, url: prefixOf(`${policyFile}: ${url}`, url) }],
  )
  const text = new TextDecoder('utf-8', { fatal: true }).decode(octets)
  return { witnesses: onceEach([...witnesses, ...listed]), policy: text }
}

function readOne(text: string): AskedWitness {
  const [, url = '', key = ''] = /^(https?:\/\/[^\s=]+)=(.+)$/.exec(text) ?? []
  const vkey = parseVkey(nodeCrypto, key)
  if (url === '' || !vkey.ok) {
    throw new Fault('USAGE', '--witness', FORM, vkey.ok || url === '' ? text : vkey.error)
  }
  if (vkey.value.type === KEY_TYPE.cosignature)
    return { vkey: vkey.value, url: prefixOf(text, url) }
  throw new Fault('USAGE', '--witness', FORM, `a key of type ${vkey.value.type}`)
}

function prefixOf(where: string, url: string): string {
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new Fault('USAGE', where, 'http://HOST:PORT or https://HOST', url)
  }
  return url.replace(/\/+$/, '')
}

function readPolicy(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? 'an error'
    throw new Fault('CONFIG_READ', file, 'a policy (tlog-policy)', found)
  }
}

function onceEach(witnesses: readonly AskedWitness[]): AskedWitness[] {
  const byKey = new Map(witnesses.map((one) => [`${one.vkey.name}+${one.vkey.keyId}`, one]))
  return [...byKey.values()]
}
