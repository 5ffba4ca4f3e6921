import { existsSync } from 'node:fs'
import { Fault } from '../../shared/errors.ts'
import { lastSignedFile } from '../keys/last-signed.ts'
import { openLogKey } from '../keys/log-key.ts'
import { checkContinues, SigningRefused } from '../ledger/signing.ts'
import type { LedgerBook } from '../store/ledger/book.ts'

/**
 * The key that came along signs the log that came along, and the newest checkpoint it ever signed is a
 * part of it. A key that is not there is the operator's to bring.
 * @throws Fault STORE when they do not belong together
 */
export async function checkKeyContinues(book: LedgerBook, keyFile: string): Promise<void> {
  const head = await book.newestLog()
  if (head === null || !existsSync(keyFile)) return
  const signer = openLogKey(keyFile)(head.origin)
  const where = `log ${head.origin}`
  if (Buffer.from(signer.publicKey).toString('hex') !== head.signer) {
    throw new Fault('STORE', where, 'the key that signs it', 'another key in the export')
  }
  try {
    await checkContinues(book, signer, head, lastSignedFile(keyFile))
  } catch (error) {
    if (error instanceof SigningRefused)
      throw new Fault('STORE', where, 'one history', error.message)
    throw error
  }
}
