import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { agentKeyName } from '../../shared/evidence/key-names.ts'
import { signerFrom } from '../../shared/evidence/node-crypto.ts'
import { KEY_ID, NAME, TEXT, textFields } from './text-fields.ts'

/** What an enrolled agent knows of itself and its collector: identity.json in its state directory. */
export interface Identity {
  readonly format: 'voip-ready/identity/1'
  readonly site: string
  readonly agent: string
  /** Base address, without a slash at the end. */
  readonly collector: string
  /** SHA-256 of the collector's SubjectPublicKeyInfo, base64url; null: authorities are trusted. */
  readonly pin: string | null
  /** First eight octets of the SHA-256 of the raw public key, hex; names the key's file too. */
  readonly keyId: string
  /** Verifier key: what a customer keeps to verify with. */
  readonly vkey: string
  readonly keyAddedMs: number
  readonly keyExpiresMs: number
  /** The log of the collector, when it told of one. */
  readonly log: LogKey | null
}

export interface LogKey {
  readonly origin: string
  readonly vkey: string
}

const FORMS = {
  ...{ format: /^voip-ready\/identity\/1$/, site: NAME, agent: NAME, collector: /^https?:\/\// },
  ...{ keyId: KEY_ID, vkey: TEXT },
}
const PIN = { pin: /^[A-Za-z0-9_-]{43}$/ }

/** An identity with the use of its private key. */
export interface Credentials {
  readonly identity: Identity
  readonly signer: Signer
}

const FILE = 'identity.json'
export const keyFile = (keyId: string): string => `key-${keyId}.pem`

/** The agent's credentials; null when nothing was ever enrolled here. @throws Fault CONFIG_READ, CONFIG_VALUE */
export function loadCredentials(directory: string): Credentials | null {
  const text = readIfThere(join(directory, FILE))
  if (text === null) return null
  const identity = parseIdentity(join(directory, FILE), text)
  const path = join(directory, keyFile(identity.keyId))
  const pem = readIfThere(path)
  const repair = 'restore the state directory, or enrol the agent again'
  if (pem === null) throw new Fault('CONFIG_READ', path, "the agent's private key", 'none', repair)
  try {
    return { identity, signer: signerFrom(agentKeyName(identity.site, identity.agent), pem) }
  } catch {
    throw new Fault('CONFIG_VALUE', path, 'an Ed25519 key in PEM (PKCS #8)', 'other bytes', repair)
  }
}

/** Makes an identity the one that holds; its key must be here already. @throws what the disk throws */
export function saveIdentity(directory: string, identity: Identity): void {
  writeDurably(directory, FILE, `${JSON.stringify(identity, null, 2)}\n`)
}

/** The key kept under a file's name, or a new one put there: PKCS #8 in PEM, for its owner only. */
export function keyAt(directory: string, file: string): string {
  const path = join(directory, file)
  const there = readIfThere(path)
  if (there !== null) return there
  makeFolder(directory)
  try {
    const { privateKey } = generateKeyPairSync('ed25519')
    const pem = String(privateKey.export({ format: 'pem', type: 'pkcs8' }))
    writeDurably(directory, file, pem)
    return pem
  } catch (error) {
    throw new Fault('STORE', path, 'a state directory that can be written', String(error))
  }
}

function parseIdentity(path: string, text: string): Identity {
  const repair = 'restore the file, or enrol the agent again'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Fault('CONFIG_VALUE', path, 'JSON', String(error), repair)
  }
  const fields = { ...(value as Identity | null) }
  const texts = textFields(fields, fields.pin === null ? FORMS : { ...FORMS, ...PIN })
  const times = [fields.keyAddedMs, fields.keyExpiresMs].every(Number.isSafeInteger)
  const log = fields.log === null ? null : logKey(fields.log)
  const wrong = texts.ok ? (times ? (log === undefined ? 'log' : null) : 'keyAddedMs') : texts.error
  if (wrong === null) return { ...fields, log: log ?? null } as Identity
  throw new Fault('CONFIG_VALUE', `${path}: ${wrong}`, 'an identity', 'something else', repair)
}

/** The log that an answer or a file tells of; undefined when it is none. */
export function logKey(value: unknown): LogKey | undefined {
  const read = textFields(value, { origin: TEXT, vkey: TEXT })
  return read.ok ? read.value : undefined
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'an error'
    if (code === 'ENOENT') return null
    throw new Fault('CONFIG_READ', path, 'a file that can be read', code)
  }
}
