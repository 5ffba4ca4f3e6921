import type { Kysely, Transaction } from 'kysely'
import type { Tables } from '../tables.ts'

/** Who writes: the epoch is what fences out a holder that slept through the end of its lease. */
export interface Lease {
  readonly name: string
  readonly holder: string
  readonly epoch: number
}

/**
 * Takes the lease when it is free, run out or this holder's own; its epoch, or null while another
 * has it. Holders' clocks need not agree: a wrong one changes hands too early, and the epoch keeps
 * the one before from writing.
 */
export async function takeLease(
  db: Kysely<Tables>,
  { name, holder }: Pick<Lease, 'name' | 'holder'>,
  nowMs: number,
  forMs: number,
): Promise<number | null> {
  return db.transaction().execute(async (tx) => {
    await tx
      .insertInto('ledger_lease')
      .values({ name, holder: '', epoch: 0, expiry_ms: 0 })
      .onConflict((on) => on.column('name').doNothing())
      .execute()
    const row = await tx
      .updateTable('ledger_lease')
      .set(({ eb }) => ({ holder, epoch: eb('epoch', '+', 1), expiry_ms: nowMs + forMs }))
      .where('name', '=', name)
      .where(({ eb, or }) => or([eb('expiry_ms', '<', nowMs), eb('holder', '=', holder)]))
      .returning('epoch')
      .executeTakeFirst()
    return row?.epoch ?? null
  })
}

/**
 * In a transaction that writes: moves the lease's end, and holds its row until the commit. False when
 * the lease has changed hands: then nothing more may be written.
 */
export async function renewLease(
  tx: Transaction<Tables>,
  { name, holder, epoch }: Lease,
  untilMs: number,
): Promise<boolean> {
  const done = await tx
    .updateTable('ledger_lease')
    .set({ expiry_ms: untilMs })
    .where('name', '=', name)
    .where('holder', '=', holder)
    .where('epoch', '=', epoch)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) === 1
}

/** Gives the lease back, so that the next holder need not wait for its end. */
export async function releaseLease(
  db: Kysely<Tables>,
  { name, holder, epoch }: Lease,
): Promise<void> {
  await db
    .updateTable('ledger_lease')
    .set({ expiry_ms: 0 })
    .where('name', '=', name)
    .where('holder', '=', holder)
    .where('epoch', '=', epoch)
    .execute()
}

/** Holder of a log that was moved to another database, until the move is given up: it never runs out. */
const MOVED = 'moved to another collector'
const NEVER_MS = 8_640_000_000_000_000
/** The name of the lease on the log. */
export const LEASE_NAME = 'ledger'

/** From now on nobody writes this log; false while a collector does. Safe to repeat. */
export async function sealLog(db: Kysely<Tables>, nowMs: number): Promise<boolean> {
  const holder = { name: LEASE_NAME, holder: MOVED }
  return (await takeLease(db, holder, nowMs, NEVER_MS - nowMs)) !== null
}

/** True when the log was moved away. */
export async function isMoved(db: Kysely<Tables>): Promise<boolean> {
  const found = await db
    .selectFrom('ledger_lease')
    .select('holder')
    .where('name', '=', LEASE_NAME)
    .executeTakeFirst()
  return found?.holder === MOVED
}

/** The log may be written again. True when it was moved away. */
export async function giveUpMove(db: Kysely<Tables>): Promise<boolean> {
  const done = await db
    .updateTable('ledger_lease')
    .set({ holder: '', expiry_ms: 0 })
    .where('name', '=', LEASE_NAME)
    .where('holder', '=', MOVED)
    .executeTakeFirst()
  return Number(done.numUpdatedRows) > 0
}
