import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'
import { type AuditEntry, writeAudit } from './audit.ts'

export interface UserAccount {
  readonly name: string
  /** As `server/access/password.ts` writes it. */
  readonly password: string
  readonly role: 'admin' | 'viewer'
  readonly customer: string | null
  readonly disabled: boolean
  readonly addedMs: number
  readonly lastLoginMs: number | null
}

/** Adds an account; false when the name is taken. */
export async function addUser(
  db: Kysely<Tables>,
  user: Omit<UserAccount, 'lastLoginMs'>,
  audit: AuditEntry,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { name, password, role, customer, disabled, addedMs } = user
    const added = await tx
      .insertInto('user_account')
      .values({
        ...{ name, password, role, customer, disabled: disabled ? 1 : 0 },
        ...{ added_ms: addedMs, last_login_ms: null },
      })
      .onConflict((on) => on.column('name').doNothing())
      .returning('name')
      .executeTakeFirst()
    if (added === undefined) return isSame(await findUser(tx, name), user)
    await writeAudit(tx, audit)
    return true
  })
}

/** The same call again, after its answer was lost: salted hashes are equal only then. */
function isSame(there: UserAccount | null, user: Pick<UserAccount, 'password'>): boolean {
  return there?.password === user.password
}

/** Changes a password or shuts an account; its sessions end. False when there is none. */
export async function changeUser(
  db: Kysely<Tables>,
  name: string,
  change: { readonly password: string } | { readonly disabled: boolean },
  audit: AuditEntry,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const found = await tx
      .updateTable('user_account')
      .set(
        'password' in change
          ? { password: change.password }
          : { disabled: change.disabled ? 1 : 0 },
      )
      .where('name', '=', name)
      .returning('name')
      .executeTakeFirst()
    if (found === undefined) return false
    await tx.deleteFrom('session').where('account', '=', name).execute()
    await tx.deleteFrom('login_failure').where('subject', '=', `account:${name}`).execute()
    await writeAudit(tx, audit)
    return true
  })
}

export async function findUser(db: Kysely<Tables>, name: string): Promise<UserAccount | null> {
  const query = db.selectFrom('user_account').selectAll().where('name', '=', name)
  const row = await query.executeTakeFirst()
  return row === undefined ? null : toUser(row)
}

export async function users(db: Kysely<Tables>): Promise<UserAccount[]> {
  const rows = await db.selectFrom('user_account').selectAll().orderBy('name').execute()
  return rows.map(toUser)
}

function toUser(row: Tables['user_account']): UserAccount {
  return {
    name: row.name,
    password: row.password,
    role: row.role,
    customer: row.customer,
    disabled: row.disabled !== 0,
    addedMs: row.added_ms,
    lastLoginMs: row.last_login_ms,
  }
}
