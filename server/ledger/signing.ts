import {
  type Checkpoint,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
} from '../../shared/evidence/checkpoint.ts'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { rangeRoot } from '../../shared/evidence/merkle.ts'
import { verifyConsistency } from '../../shared/evidence/merkle-verify.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { parseNote, signNote } from '../../shared/evidence/note.ts'
import { sameOctets } from '../../shared/evidence/octets.ts'
import { vkeyOf } from '../../shared/evidence/vkey.ts'
import type { LedgerBook } from '../store/ledger/book.ts'
import type { LogHead } from '../store/ledger/head.ts'

/** Where the newest signed checkpoint is kept apart from the database. */
export interface LastSigned {
  /** For the operator. */
  readonly where: string
  readonly read: () => string | null
  /** Returns when it is on disk. */
  readonly write: (note: string) => void
}

/** Why nothing may be signed, and how that is mended. */
export class SigningRefused extends Error {
  override readonly name = 'SigningRefused'
  readonly repair: string

  constructor(found: string, repair: string = RECOVER) {
    super(found)
    this.repair = repair
  }
}

/** How the operator goes on when a log cannot. */
export const RECOVER =
  'restore the newest database; if it is lost, begin another log with ' +
  'voip-ready collector ledger recover --new-origin'

/** The checkpoint of a log at its head, signed. */
export function signHead(signer: Signer, { origin, range }: LogHead): string {
  const root = rangeRoot(nodeCrypto, range)
  return signNote(nodeCrypto, formatCheckpoint({ origin, size: range.size, root }), [signer])
}

/**
 * Holds the log against every checkpoint that was ever signed for it, as the newest ones tell: that
 * of the database, and that beside the key, which no old backup takes back.
 * @throws SigningRefused when one of them is not a part of this log
 */
export async function checkContinues(
  book: Pick<LedgerBook, 'consistency' | 'newestCheckpoint'>,
  signer: Signer,
  head: LogHead,
  last: LastSigned,
): Promise<void> {
  const kept = await book.newestCheckpoint(head.logId)
  if (kept !== null) await checkBeginsWith(book, signer, head, kept.note, 'the database')
  const beside = last.read()
  if (beside !== null) await checkBeginsWith(book, signer, head, beside, last.where)
}

async function checkBeginsWith(
  book: Pick<LedgerBook, 'consistency'>,
  signer: Signer,
  { logId, origin, range }: LogHead,
  note: string,
  where: string,
): Promise<void> {
  const opened = openCheckpoint(nodeCrypto, note, [vkeyOf(nodeCrypto, signer)])
  if (!opened.ok) throw new SigningRefused(foreign(note, origin, where))
  const from = opened.value.checkpoint
  if (from.size > range.size) {
    const lost = `the log has ${range.size} leaves, and one of ${from.size} was signed (${where})`
    throw new SigningRefused(`${lost}: this database is older than what was published`)
  }
  const to = { size: range.size, root: rangeRoot(nodeCrypto, range) }
  if (!(await isPart(book, logId, from, to))) {
    const found = `what was signed at ${from.size} leaves (${where}) is not the beginning of this log`
    throw new SigningRefused(`${found}: they are two histories`)
  }
}

async function isPart(
  book: Pick<LedgerBook, 'consistency'>,
  logId: string,
  from: Checkpoint,
  to: { readonly size: number; readonly root: Uint8Array },
): Promise<boolean> {
  if (from.size === to.size) return sameOctets(from.root, to.root)
  if (from.size === 0) return true
  const proof = await book.consistency(logId, from.size, to.size).catch(() => [])
  return verifyConsistency(nodeCrypto, { from, to, proof })
}

function foreign(note: string, origin: string, where: string): string {
  const parsed = parseNote(note)
  const text = parsed.ok ? parseCheckpoint(parsed.value.text) : null
  return text?.ok && text.value.origin !== origin
    ? `the checkpoint in ${where} is of ${text.value.origin}, and this log is ${origin}`
    : `the checkpoint in ${where} is not one that this key has signed`
}
