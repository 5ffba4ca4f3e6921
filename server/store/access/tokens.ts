import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'
import { type AuditEntry, writeAudit } from './audit.ts'
import { type ApiToken, nextRevision, type SiteEntry } from './revision.ts'

export type NewToken = Omit<ApiToken, 'lastUsedMs' | 'revokedMs'>

/** Keeps a token, of which only the secret's hash is known here. */
export async function addToken(
  db: Kysely<Tables>,
  token: NewToken,
  audit: AuditEntry,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const revision = await nextRevision(tx)
    const { id, name, role, customer, site, agent } = token
    await tx
      .insertInto('api_token')
      .values({
        ...{ id, name, role, customer, site, agent, secret_sha256: token.secretSha256, revision },
        ...{ added_ms: token.addedMs, expires_ms: token.expiresMs },
        ...{ last_used_ms: null, revoked_ms: null },
      })
      .onConflict((on) => on.column('id').doNothing())
      .execute()
    await writeAudit(tx, audit)
  })
}

/** Takes a token back; false when there is none of this id (or it was taken back before). */
export async function revokeToken(
  db: Kysely<Tables>,
  id: string,
  nowMs: number,
  audit: AuditEntry,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const revision = await nextRevision(tx)
    const found = await tx
      .updateTable('api_token')
      .set({ revoked_ms: nowMs, revision })
      .where('id', '=', id)
      .where('revoked_ms', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (found !== undefined) await writeAudit(tx, audit)
    return found !== undefined
  })
}

/** Notes when tokens were last used. No revision: nobody's rights change by it. */
export async function noteUse(
  db: Kysely<Tables>,
  uses: readonly { readonly id: string; readonly atMs: number }[],
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (const { id, atMs } of uses) {
      await tx
        .updateTable('api_token')
        .set({ last_used_ms: atMs })
        .where('id', '=', id)
        .where((e) => e.or([e('last_used_ms', 'is', null), e('last_used_ms', '<', atMs)]))
        .execute()
    }
  })
}

/** Enters a site, or changes its customer and labels. */
export async function putSite(
  db: Kysely<Tables>,
  entry: SiteEntry,
  audit: AuditEntry,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const revision = await nextRevision(tx)
    const { site, customer, addedMs } = entry
    const labels = JSON.stringify(entry.labels)
    await tx
      .insertInto('site')
      .values({ site, customer, labels, added_ms: addedMs, revision })
      .onConflict((on) => on.column('site').doUpdateSet({ customer, labels, revision }))
      .execute()
    await writeAudit(tx, audit)
  })
}
