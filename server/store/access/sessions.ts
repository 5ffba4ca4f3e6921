import { type Kysely, sql, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'
import { type AuditEntry, writeAudit } from './audit.ts'

export interface SessionRow {
  /** SHA-256 of the id that the browser holds, hex. */
  readonly idSha256: string
  readonly account: string
  readonly csrf: string
  readonly createdMs: number
  readonly seenMs: number
  /** End at the latest, milliseconds since 1970. */
  readonly expiresMs: number
}

/** A session with what its account may do now. */
export interface LiveSession extends SessionRow {
  readonly role: 'admin' | 'viewer'
  readonly customer: string | null
}

export interface LoginLimit {
  /** `account:NAME` or `address:IP`. */
  readonly subject: string
  readonly failures: number
}

/**
 * Counts an attempt to sign in before the password is looked at, by one statement for each subject,
 * so that many at once cannot slip through together on any number of collectors. Returns until when
 * it must wait, milliseconds since 1970; null: it may try.
 */
export async function takeLoginTurn(
  db: Kysely<Tables>,
  limits: readonly LoginLimit[],
  nowMs: number,
  blockMs: number,
): Promise<number | null> {
  // Always in one order, or two attempts would wait for each other's rows; an address before the names
  // that are tried from it: one that must wait adds no further names.
  const ordered = [...limits].sort((a, b) => (a.subject > b.subject ? -1 : 1))
  return db.transaction().execute(async (tx) => {
    for (const limit of ordered) {
      const row = await countAttempt(tx, limit, nowMs, blockMs)
      if (row.failures > limit.failures) return row.until_ms
    }
    return null
  })
}

/** Rows removed by one statement at the most, beyond those that are kept. */
const FORGOTTEN_AT_ONCE = 100_000

/**
 * Forgets attempts that hold nobody up any more, for they count as none; and of addresses, and of names
 * that no account has, all but the newest: those of accounts stay, or a flood of made-up names would
 * give back tries at a real one.
 */
export async function forgetLoginTurns(
  db: Kysely<Tables>,
  nowMs: number,
  blockMs: number,
  most: number,
): Promise<void> {
  await db
    .deleteFrom('login_failure')
    .where(
      sql<boolean>`(until_ms > 0 and until_ms <= ${nowMs}) or (until_ms = 0 and last_ms < ${nowMs - blockMs})`,
    )
    .execute()
  const beyond = db
    .selectFrom('login_failure')
    .select('subject')
    .where('subject', 'not in', (eb) =>
      eb.selectFrom('user_account').select(sql<string>`'account:' || name`.as('subject')),
    )
    .orderBy('last_ms', 'desc')
    .orderBy('subject')
    .limit(FORGOTTEN_AT_ONCE)
    .offset(most)
  await db.deleteFrom('login_failure').where('subject', 'in', beyond).execute()
}

/** Blocks with the last attempt that is let through; a block that is over begins a new count. */
async function countAttempt(
  tx: Transaction<Tables>,
  { subject, failures }: LoginLimit,
  nowMs: number,
  blockMs: number,
): Promise<Pick<Tables['login_failure'], 'failures' | 'until_ms'>> {
  const until = nowMs + blockMs
  const over = sql`((login_failure.until_ms > 0 and login_failure.until_ms <= ${nowMs})
    or (login_failure.until_ms = 0 and login_failure.last_ms < ${nowMs - blockMs}))`
  const full = sql`login_failure.until_ms = 0 and login_failure.failures + 1 >= ${failures}`
  const first = failures <= 1 ? until : 0
  return tx
    .insertInto('login_failure')
    .values({ subject, failures: 1, last_ms: nowMs, until_ms: first })
    .onConflict((on) =>
      on.column('subject').doUpdateSet({
        failures: sql`case when ${over} then 1 else login_failure.failures + 1 end`,
        last_ms: nowMs,
        until_ms: sql`case when ${over} then ${first} when ${full} then ${until}
          else login_failure.until_ms end`,
      }),
    )
    .returning(['failures', 'until_ms'])
    .executeTakeFirstOrThrow()
}

/** Keeps the session of somebody whose password was right, and forgets his failures. */
export async function beginSession(
  db: Kysely<Tables>,
  session: SessionRow,
  subjects: readonly string[],
  audit: AuditEntry,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('login_failure').where('subject', 'in', subjects).execute()
    await tx.deleteFrom('session').where('expires_ms', '<', session.createdMs).execute()
    await tx
      .insertInto('session')
      .values({
        ...{ id_sha256: session.idSha256, account: session.account, csrf: session.csrf },
        ...{ created_ms: session.createdMs, seen_ms: session.seenMs },
        expires_ms: session.expiresMs,
      })
      .onConflict((on) => on.column('id_sha256').doNothing())
      .execute()
    await tx
      .updateTable('user_account')
      .set({ last_login_ms: session.createdMs })
      .where('name', '=', session.account)
      .execute()
    await writeAudit(tx, audit)
  })
}

/** The session of this id while its account is open; null when there is none. */
export async function findSession(
  db: Kysely<Tables>,
  idSha256: string,
): Promise<LiveSession | null> {
  const row = await db
    .selectFrom('session')
    .innerJoin('user_account', 'user_account.name', 'session.account')
    .selectAll('session')
    .select(['user_account.role', 'user_account.customer'])
    .where('session.id_sha256', '=', idSha256)
    .where('user_account.disabled', '=', 0)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    ...{ idSha256: row.id_sha256, account: row.account, csrf: row.csrf },
    ...{ createdMs: row.created_ms, seenMs: row.seen_ms, expiresMs: row.expires_ms },
    ...{ role: row.role, customer: row.customer },
  }
}

export async function touchSession(
  db: Kysely<Tables>,
  idSha256: string,
  seenMs: number,
): Promise<void> {
  const update = db.updateTable('session').set({ seen_ms: seenMs })
  await update.where('id_sha256', '=', idSha256).where('seen_ms', '<', seenMs).execute()
}

export async function endSession(
  db: Kysely<Tables>,
  idSha256: string,
  audit: AuditEntry,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('session').where('id_sha256', '=', idSha256).execute()
    await writeAudit(tx, audit)
  })
}
