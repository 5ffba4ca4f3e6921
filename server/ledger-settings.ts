import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { lastSignedFile } from './keys/last-signed.ts'
import { openLogKey } from './keys/log-key.ts'
import { restoredFile } from './keys/restored.ts'
import type { LedgerOptions } from './ledger/ledger.ts'
import { postText } from './witness/post.ts'
import { witnessSettings } from './witness/settings.ts'

/** What the command line says of the ledger. */
export interface LedgerSettings {
  readonly name?: string
  readonly logKey?: string
  /** `URL=VKEY` each. */
  readonly witness?: readonly string[]
  /** File of a policy (C2SP tlog-policy). */
  readonly witnessPolicy?: string
}

/** The ledger of a collector over its data directory. @throws Fault as openLogKey does */
export function ledgerOptions(dataDirectory: string, settings: LedgerSettings): LedgerOptions {
  const keyFile = keyFileOf(dataDirectory, settings)
  const { witness = [], witnessPolicy = null } = settings
  return {
    witness: { ...witnessSettings(witness, witnessPolicy), post: postText },
    signer: openLogKey(keyFile),
    last: lastSignedFile(keyFile),
    restored: restoredFile(keyFile),
    name: settings.name ?? null,
    defaultName: hostName(),
    holder: `${hostName()}-${process.pid}-${Date.now().toString(36)}`,
  }
}

/** The file of the key that signs the log of a data directory. */
export function keyFileOf(dataDirectory: string, { logKey }: LedgerSettings): string {
  return logKey === undefined ? join(dataDirectory, 'keys', 'log.key') : resolve(logKey)
}

/** The host's name as a key's name may have it. */
export function hostName(): string {
  const plain =
    hostname()
      .toLowerCase()
      .split('.')[0]
      ?.replace(/[^a-z0-9-]/g, '-') ?? ''
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(plain) ? plain : 'collector'
}
