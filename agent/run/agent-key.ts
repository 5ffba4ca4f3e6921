import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Fault } from '../../shared/errors.ts'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { agentKeyName } from '../../shared/evidence/key-names.ts'
import { signerFrom } from '../../shared/evidence/node-crypto.ts'

/** The private key of an enrolled agent: PKCS #8 in PEM, Ed25519, mode 0600. */
export const AGENT_KEY = 'agent.key'

/** Where an agent keeps its identity: as given, or the folder that holds its spool. */
export function stateFolder(options: { readonly state?: string; readonly spool: string }): string {
  return options.state ?? dirname(resolve(options.spool))
}

/**
 * The key that this agent signs its records with; null where it never enrolled.
 * @throws Fault CONFIG_VALUE when the file is no such key or others may read it: an agent that goes on
 * unsigned without being told would prove nothing
 */
export function agentSigner(folder: string, site: string, agent: string): Signer | null {
  const file = join(folder, AGENT_KEY)
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return null
  const mode = stat.mode & 0o777
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new Fault('CONFIG_VALUE', file, 'mode 0600', `0${mode.toString(8)}`, `chmod 600 ${file}`)
  try {
    return signerFrom(agentKeyName(site, agent), readFileSync(file, 'utf8'))
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? 'something else'
    throw new Fault('CONFIG_VALUE', file, 'an Ed25519 key in PEM (PKCS #8)', found, 'enrol anew')
  }
}
