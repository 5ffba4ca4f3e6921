import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { writeDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'
import { shellWord } from '../../shared/shell-word.ts'
import { refuseReadByOthers } from './owner-only.ts'

/**
 * The access keys file: JSON, mode 0600. A revoked key stays in it with its day, so that its holder
 * can be told so (and nobody else), and so that the id is never given twice.
 */
export interface StoredKey {
  readonly id: string
  readonly secret: string
  /** ISO 8601. */
  readonly made: string
  readonly revoked: string | null
}

/** A key as the reflector's worker needs it. */
export interface KnownKey {
  readonly id: string
  readonly secret: Uint8Array
  readonly revoked: boolean
}

const ID = /^[A-Za-z0-9._-]{1,32}$/
const SECRET = /^[A-Za-z0-9+/=_-]{22,128}$/
const SECRET_BYTES = 24

/** Reads the file; a file that is missing, malformed or readable by others is a Fault that says how to mend it. */
export function readKeys(file: string): readonly StoredKey[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const found = error instanceof Error ? error.message : 'an error'
    const repair = `make one with: voip-ready reflector keys add NAME --keys ${shellWord(file)}`
    throw new Fault('CONFIG_READ', file, 'a file of access keys', found, repair)
  }
  refuseReadByOthers(file)
  return parseKeys(file, text)
}

function parseKeys(file: string, text: string): readonly StoredKey[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const found = error instanceof Error ? error.message : 'something else'
    throw new Fault('CONFIG_VALUE', file, 'JSON', found, 'restore the file or make new keys')
  }
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : null
  if (!Array.isArray(keys)) throw new Fault('CONFIG_VALUE', file, 'a list named keys', 'none')
  return keys.map((key: unknown, i) => parseKey(`${file}: keys[${i}]`, key))
}

function parseKey(where: string, value: unknown): StoredKey {
  const key = (typeof value === 'object' && value !== null ? value : {}) as Partial<StoredKey>
  if (typeof key.id !== 'string' || !ID.test(key.id))
    throw new Fault('CONFIG_VALUE', `${where}.id`, '1 to 32 of A-Z a-z 0-9 . _ -', key.id ?? 'none')
  if (typeof key.secret !== 'string' || !SECRET.test(key.secret))
    throw new Fault('CONFIG_VALUE', `${where}.secret`, '22 to 128 of base64', 'something else')
  const revoked = typeof key.revoked === 'string' ? key.revoked : null
  return { id: key.id, secret: key.secret, made: String(key.made ?? ''), revoked }
}

/** Makes a key of 192 random bits and appends it; refuses an id that the file already has. */
export function addKey(file: string, id: string, now: Date): StoredKey {
  if (!ID.test(id)) throw new Fault('USAGE', 'key name', '1 to 32 of A-Z a-z 0-9 . _ -', id)
  const keys = existsSync(file) ? readKeys(file) : []
  if (keys.some((key) => key.id === id))
    throw new Fault('USAGE', file, 'a new key name', id, 'choose a name not used before')
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  const key = { id, secret, made: now.toISOString(), revoked: null }
  writeKeys(file, [...keys, key])
  return key
}

/** Marks a key revoked; a running reflector ends its sessions within two seconds. */
export function revokeKey(file: string, id: string, now: Date): StoredKey {
  const keys = readKeys(file)
  const key = keys.find((candidate) => candidate.id === id)
  if (key === undefined)
    throw new Fault(
      'USAGE',
      file,
      `a key named ${id}`,
      'none',
      'list them with: reflector keys list',
    )
  const revoked = { ...key, revoked: key.revoked ?? now.toISOString() }
  writeKeys(
    file,
    keys.map((candidate) => (candidate === key ? revoked : candidate)),
  )
  return revoked
}

/** Whole or not at all: a reader never sees half a file. */
function writeKeys(file: string, keys: readonly StoredKey[]): void {
  makeFolder(dirname(file), 0o777)
  try {
    writeDurably(dirname(file), basename(file), `${JSON.stringify({ keys }, null, 2)}\n`)
  } catch (error) {
    throw new Fault('STORE', file, 'a file that can be written', (error as Error).message)
  }
}

export function knownKeys(keys: readonly StoredKey[]): KnownKey[] {
  return keys.map(({ id, secret, revoked }) => ({
    id,
    secret: new Uint8Array(Buffer.from(secret, 'utf8')),
    revoked: revoked !== null,
  }))
}

/** What changes when the file does, so that it is read again only then. */
export function fingerprint(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? 'gone' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`
}
