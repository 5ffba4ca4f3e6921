import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../shared/errors.ts'
import { parseCheckpoint } from '../../shared/evidence/checkpoint.ts'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { parseNote } from '../../shared/evidence/note.ts'
import { lastSignedFile } from '../keys/last-signed.ts'
import { openLogKey } from '../keys/log-key.ts'
import { restoredFile } from '../keys/restored.ts'
import { beginAnotherLog } from '../ledger/another-log.ts'
import { checkContinues, type LastSigned, SigningRefused } from '../ledger/signing.ts'
import { hostName } from '../ledger-settings.ts'
import type { LogHead } from '../store/ledger/head.ts'
import { openSqliteStore } from '../store/sqlite/open.ts'
import type { Store } from '../store/store.ts'
import { isMissing } from './manifest.ts'

export interface RestoredLogOptions {
  /** The key that signs, where it is kept apart from the data directory; null: in it. */
  readonly logKey: string | null
  /** The file `<key>.checkpoint` of the collector that was; null: it is lost. */
  readonly lastSigned: string | null
  /** The operator's word that nothing was published after the backup. */
  readonly sameLog: boolean
  /** When the backup was made. */
  readonly at: string
  readonly nowMs: number
}

/** What becomes of the log of a restored data directory. */
export interface RestoredLog {
  readonly schemaVersion: number
  /** Origin of the log that will be written; null: there was none yet. */
  readonly origin: string | null
  /** Origin of the log that ended; null: it goes on. */
  readonly ended: string | null
  readonly why: string
}

const UNKNOWN =
  'what was signed after the backup is not known here (--last-signed names the file that tells it, ' +
  '--same-log takes your word that nothing was)'

/**
 * Brings a restored database up to date and decides whether its log goes on. It does when the newest
 * checkpoint that its key ever signed is known and is a part of it, or on the operator's word; in every
 * other case another log begins, because signing on could give one log two histories.
 *
 * @throws Fault STORE when the operator's word is contradicted by what is known
 */
export async function settleLog(
  directory: string,
  options: RestoredLogOptions,
): Promise<RestoredLog> {
  const store = await openSqliteStore(directory, options.nowMs)
  try {
    const { schemaVersion } = await store.health()
    return { schemaVersion, ...(await settle(store, directory, options)) }
  } finally {
    await store.close()
  }
}

type Settled = Omit<RestoredLog, 'schemaVersion'>

async function settle(
  store: Store,
  directory: string,
  options: RestoredLogOptions,
): Promise<Settled> {
  const head = await store.ledger.newestLog()
  if (head === null) return { origin: null, ended: null, why: 'there was no log yet' }
  const keyFile = options.logKey ?? join(directory, 'keys', 'log.key')
  if (options.logKey !== null && !existsSync(keyFile)) {
    throw new Fault('CONFIG_READ', keyFile, 'the key that signs the log', 'no such file')
  }
  const signer = openLogKey(keyFile)
  const told = newestTold(keyFile, options)
  const against = await contradiction(store, signer, head, told)
  if (against === null && (told.complete || options.sameLog)) {
    return goOn(head, keyFile, told, options)
  }
  if (against !== null && options.sameLog) {
    const repair = 'leave --same-log out: another log begins, and the old one stays readable'
    throw new Fault('STORE', `log ${head.origin}`, 'a log that may go on', against, repair)
  }
  const named = { name: null, fallback: hostName(), nowMs: options.nowMs }
  const { origin } = await beginAnotherLog(store.ledger, signer, named)
  return { origin, ended: head.origin, why: against ?? UNKNOWN }
}

interface Told {
  readonly files: readonly LastSigned[]
  /** They tell the newest that was ever signed, and not only the newest of the backup. */
  readonly complete: boolean
}

function newestTold(keyFile: string, { logKey, lastSigned }: RestoredLogOptions): Told {
  const beside = lastSignedFile(keyFile)
  if (lastSigned === null) {
    return { files: [beside], complete: logKey !== null && beside.read() !== null }
  }
  const text = readLastSigned(lastSigned)
  const named = { where: lastSigned, read: () => text, write: () => {} }
  return { files: [beside, named], complete: true }
}

async function contradiction(
  { ledger }: Store,
  signer: (name: string) => Signer,
  head: LogHead,
  { files }: Told,
): Promise<string | null> {
  const own = signer(head.origin)
  if (Buffer.from(own.publicKey).toString('hex') !== head.signer) {
    return 'the key that signed it is not here (--log-key names it)'
  }
  try {
    for (const file of files) await checkContinues(ledger, own, head, file)
    return null
  } catch (error) {
    if (error instanceof SigningRefused) return error.message
    throw error
  }
}

function goOn(
  { origin }: LogHead,
  keyFile: string,
  { files, complete }: Told,
  { at }: RestoredLogOptions,
): Settled {
  const newest = files.at(-1)?.read() ?? null
  if (newest !== null) lastSignedFile(keyFile).write(newest)
  if (complete) return { origin, ended: null, why: 'the newest that was signed is a part of it' }
  restoredFile(keyFile).write({ at, contradiction: null })
  const why = 'on your word; nothing is signed until agents have said what they were shown'
  return { origin, ended: null, why }
}

/** A file that is no checkpoint at all was mistyped: no log is to end over that. */
function readLastSigned(file: string): string {
  const wanted = 'the file <key>.checkpoint of the collector that was'
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const found = isMissing(error) ? 'no such file' : (error as Error).message
    throw new Fault('CONFIG_READ', file, wanted, found)
  }
  const note = parseNote(text)
  if (note.ok && parseCheckpoint(note.value.text).ok) return text
  throw new Fault('CONFIG_VALUE', file, wanted, 'no checkpoint', 'name that file, or leave it out')
}
