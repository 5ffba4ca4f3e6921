import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { nodeCrypto, signerFrom } from '../../shared/evidence/node-crypto.ts'
import { formatVkey, isKeyName, KEY_TYPE, parseVkey, vkeyOf } from '../../shared/evidence/vkey.ts'
import { shellWord } from '../../shared/shell-word.ts'
import { LOGS } from './book.ts'

const KEY_FILE = 'witness.key'
const VKEY_FILE = 'witness.vkey'

/** A witness's key, and the verifier key that it gives to others (type 4 of C2SP tlog-cosignature). */
export interface WitnessKey {
  readonly signer: Signer
  readonly vkey: string
}

/** The key of a state folder. @throws Fault CONFIG_READ, CONFIG_VALUE, NOT_PERMITTED */
export function readWitnessKey(state: string): WitnessKey {
  const pem = readOwn(join(state, KEY_FILE))
  const stated = parseVkey(nodeCrypto, readOwn(join(state, VKEY_FILE)).trim())
  const mend = 'restore both files; a lost key cannot be made again'
  if (!stated.ok) {
    throw new Fault('CONFIG_VALUE', join(state, VKEY_FILE), 'a verifier key', stated.error, mend)
  }
  const made = keyOf(stated.value.name, pem, state)
  if (made.vkey === formatVkey(stated.value)) return made
  throw new Fault('CONFIG_VALUE', state, 'a key and the verifier key of it', 'two keys', mend)
}

/**
 * The same, made where there is none.
 * @param name a URL without its scheme that is the witness's own: `witness.acme.example/w1`
 * @throws Fault USAGE when the folder has a key of another name, or this cannot be a name
 */
export function makeWitnessKey(state: string, name: string): WitnessKey {
  if (!isKeyName(name)) {
    throw new Fault('USAGE', '--name', 'a name without spaces and plus', name)
  }
  if (existsSync(join(state, KEY_FILE))) {
    const there = readWitnessKey(state)
    if (there.signer.name === name) return there
    const repair = 'use another --state: a witness keeps its name and key for good'
    throw new Fault('USAGE', state, `the key of ${name}`, `that of ${there.signer.name}`, repair)
  }
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = String(privateKey.export({ format: 'pem', type: 'pkcs8' }))
  const made = keyOf(name, pem, state)
  makeFolder(state)
  makeFolder(join(state, LOGS))
  try {
    // The name first: a key without a name could not be used again.
    writeDurably(state, VKEY_FILE, `${made.vkey}\n`)
    writeDurably(state, KEY_FILE, pem)
  } catch (error) {
    throw new Fault('STORE', state, 'a folder that can be written', (error as Error).message)
  }
  return made
}

function keyOf(name: string, pem: string, state: string): WitnessKey {
  try {
    const signer = signerFrom(name, pem)
    return { signer, vkey: formatVkey(vkeyOf(nodeCrypto, signer, KEY_TYPE.cosignature)) }
  } catch (error) {
    const file = join(state, KEY_FILE)
    throw new Fault('CONFIG_VALUE', file, 'an Ed25519 key in PEM (PKCS #8)', String(error))
  }
}

function readOwn(file: string): string {
  try {
    const mode = statSync(file).mode & 0o777
    if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
      const repair = `chmod 600 ${shellWord(file)}, and ask who may have read it`
      throw new Fault('NOT_PERMITTED', file, 'mode 600', mode.toString(8), repair)
    }
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Fault) throw error
    const { code } = error as NodeJS.ErrnoException
    const found = code === 'ENOENT' ? 'no such file' : (code ?? 'an error')
    const repair = 'make a key first: voip-ready witness keys --state DIR --name NAME'
    throw new Fault('CONFIG_READ', file, 'the key of a witness', found, repair)
  }
}
