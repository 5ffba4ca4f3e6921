import type { Signer } from '../../shared/evidence/crypto.ts'
import { logKeyName } from '../../shared/evidence/key-names.ts'
import type { LedgerBook } from '../store/ledger/book.ts'

export interface AnotherLog {
  readonly number: number
  readonly origin: string
  /** Origin of the log that is not continued; null: there was none. */
  readonly before: string | null
}

/**
 * Begins another log, with an origin of its own, that goes on from what is kept; the one before stays
 * readable. Whoever calls this sees to it that nobody writes the log meanwhile.
 *
 * @param name the collector's name in the origin, where no log before tells it
 */
export async function beginAnotherLog(
  book: Pick<LedgerBook, 'newestLog' | 'openLog'>,
  signer: (name: string) => Signer,
  { name, fallback, nowMs }: { name: string | null; fallback: string; nowMs: number },
): Promise<AnotherLog> {
  const before = await book.newestLog()
  const number = (before?.number ?? 0) + 1
  const origin = logKeyName(name ?? before?.origin.split('/')[1] ?? fallback, number)
  const own = Buffer.from(signer(origin).publicKey).toString('hex')
  await book.openLog({ number, origin, signer: own, openedMs: nowMs })
  return { number, origin, before: before?.origin ?? null }
}
