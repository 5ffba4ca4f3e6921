import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably, writeNewDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'
import { reflectorKeyName } from '../../shared/evidence/key-names.ts'
import { nodeCrypto, signerFrom } from '../../shared/evidence/node-crypto.ts'
import { formatVkey, vkeyOf } from '../../shared/evidence/vkey.ts'
import { refuseReadByOthers } from './owner-only.ts'

const FILE = 'reflector.key'
const NAME_FILE = 'reflector.name'
const NAME = /^[a-z0-9][a-z0-9.-]{0,62}$/

/** A reflector's own key: the PEM, and the verifier key (C2SP signed-note) to give to others. */
export interface SigningKey {
  readonly pem: string
  readonly vkey: string
}

/** A host's name as a reflector may be called; `reflector` where nothing of it can be used. */
export function reflectorNameOf(hostname: string): string {
  const name = hostname
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[.-]+/, '')
  return name.slice(0, 63) || 'reflector'
}

/** The name that a reflector of this folder last signed by; null: none is noted. */
export function notedName(folder: string): string | null {
  try {
    const name = readFileSync(join(folder, NAME_FILE), 'utf8').trim()
    return NAME.test(name) ? name : null
  } catch {
    return null
  }
}

/** For `key show`, which nobody has to tell it again: another name makes another verifier key. */
function note(folder: string, name: string): void {
  if (notedName(folder) === name) return
  try {
    writeDurably(folder, NAME_FILE, `${name}\n`)
  } catch {
    // Receipts are signed all the same; who asks for the key names it.
  }
}

/**
 * Reads the Ed25519 key (PKCS #8, PEM) of a state folder.
 * @throws Fault USAGE for a name that cannot be one; CONFIG_READ or CONFIG_VALUE for the file
 */
export function readSigningKey(folder: string, name: string): SigningKey {
  if (!NAME.test(name))
    throw new Fault('USAGE', '--name', 'up to 63 of a-z 0-9 . -, a letter or digit first', name)
  const file = join(folder, FILE)
  const pem = readOwn(file)
  try {
    const { publicKey } = signerFrom('key', pem)
    const vkey = formatVkey(vkeyOf(nodeCrypto, { name: reflectorKeyName(name), publicKey }))
    return { pem, vkey }
  } catch {
    const mend = 'restore the file; without it receipts are signed by a new key'
    throw new Fault('CONFIG_VALUE', file, 'an Ed25519 key in PEM', 'something else', mend)
  }
}

/** The same, made at the first start. @throws Fault likewise, and STORE when it cannot be written */
export function ensureSigningKey(folder: string, name: string): SigningKey {
  const file = join(folder, FILE)
  if (statSync(file, { throwIfNoEntry: false }) === undefined) {
    const { privateKey } = generateKeyPairSync('ed25519')
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' })
    makeFolder(folder)
    try {
      // Where another start was faster, its key is that of both.
      writeNewDurably(folder, FILE, pem)
    } catch (error) {
      const found = (error as NodeJS.ErrnoException).code ?? 'an error'
      throw new Fault('STORE', file, 'a place for the signing key', found, 'give --state DIR')
    }
  }
  const key = readSigningKey(folder, name)
  note(folder, name)
  return key
}

function readOwn(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? 'an error'
    throw new Fault(
      'CONFIG_READ',
      file,
      'the signing key',
      found,
      'name its folder with --state (or its --keys); a reflector makes the key when it first starts',
    )
  }
  refuseReadByOthers(file)
  return text
}
