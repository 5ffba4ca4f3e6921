import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { writeNewDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { signerFrom } from '../../shared/evidence/node-crypto.ts'
import { shellWord } from '../../shared/shell-word.ts'

/** What others than its owner may do with a file. */
const OTHERS = 0o077
const PEM = 'an Ed25519 private key in PEM (PKCS #8)'

/**
 * The key that signs checkpoints and entries: Ed25519 in PEM (PKCS #8), for its owner alone. Made
 * when the file is not there.
 *
 * @throws Fault CONFIG_READ, CONFIG_VALUE or NOT_PERMITTED
 */
export function openLogKey(file: string): (name: string) => Signer {
  const pem = readKey(file) ?? makeKey(file)
  try {
    signerFrom('probe', pem)
  } catch {
    const repair = 'name the key file that signs this log, or put it back from a backup'
    throw new Fault('CONFIG_VALUE', file, PEM, 'something else', repair)
  }
  return (name) => signerFrom(name, pem)
}

function readKey(file: string): string | null {
  try {
    const mode = statSync(file).mode & 0o777
    if ((mode & OTHERS) !== 0) {
      const repair = `chmod 600 ${shellWord(file)}, and ask who may have read it`
      throw new Fault('NOT_PERMITTED', file, 'mode 600', mode.toString(8), repair)
    }
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    if (error instanceof Fault) throw error
    throw new Fault('CONFIG_READ', file, 'a key file that can be read', String(error))
  }
}

function makeKey(file: string): string {
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  makeFolder(dirname(file))
  try {
    // Of two collectors that start at once one makes the key, and both use it.
    if (writeNewDurably(dirname(file), basename(file), pem)) return pem
  } catch (error) {
    throw new Fault('CONFIG_READ', file, 'a directory that can be written', String(error))
  }
  const made = readKey(file)
  if (made !== null) return made
  throw new Fault('CONFIG_READ', file, 'the key that another collector made just now', 'none')
}
