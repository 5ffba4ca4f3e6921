import type { Kysely, Transaction } from 'kysely'
import { addEntries, type PendingEntry } from '../ledger/entries.ts'
import type { Tables } from '../tables.ts'
import { type AuditEntry, writeAudit } from './audit.ts'
import { type AgentKey, nextRevision } from './revision.ts'

export interface EnrolToken {
  readonly id: string
  readonly secretSha256: string
  readonly site: string
  /** Null: the agent brings its name. */
  readonly agent: string | null
  readonly createdBy: string
  readonly createdMs: number
  readonly expiresMs: number
  readonly usedMs: number | null
  readonly usedAgent: string | null
}

export interface Enrolment {
  readonly tokenId: string
  readonly secretSha256: string
  /** What the agent believes to be; null: it takes what the token says. */
  readonly site: string | null
  readonly agent: string | null
  readonly keyId: string
  readonly publicKey: Uint8Array
  readonly nowMs: number
  readonly expiresMs: number
  /** Actor, action, site and detail are filled in when the token has told them. */
  readonly auditId: string
}

export type EnrolOutcome =
  | {
      readonly outcome: 'enrolled' | 'repeated'
      readonly site: string
      readonly agent: string
      readonly createdBy: string
    }
  | { readonly outcome: 'unknown' | 'used' | 'expired' | 'key-taken' }
  | {
      readonly outcome: 'wrong-site' | 'wrong-agent'
      readonly site: string
      readonly agent: string | null
    }

/** Keeps a one-time token, and its site where that is new; a customer given is the site's from now on. */
export async function addEnrolToken(
  db: Kysely<Tables>,
  token: Omit<EnrolToken, 'usedMs' | 'usedAgent'>,
  customer: string | null,
  audit: AuditEntry,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { id, secretSha256, site, agent, createdBy, createdMs, expiresMs } = token
    const revision = await nextRevision(tx)
    await tx
      .insertInto('site')
      .values({ site, customer, labels: '{}', added_ms: createdMs, revision })
      .onConflict((on) =>
        customer === null
          ? on.column('site').doNothing()
          : on.column('site').doUpdateSet({ customer, revision }),
      )
      .execute()
    await tx
      .insertInto('enrol_token')
      .values({
        ...{ id, site, agent, secret_sha256: secretSha256, created_by: createdBy },
        ...{ created_ms: createdMs, expires_ms: expiresMs },
        ...{ used_ms: null, used_agent: null, used_key_id: null },
      })
      .onConflict((on) => on.column('id').doNothing())
      .execute()
    await writeAudit(tx, audit)
  })
}

/**
 * Uses a one-time token: one conditional update decides, so that of two agents with the same token
 * one wins on any number of collectors. The same key again (its answer was lost) is a repeat. Keys
 * that the agent had before are rotated out.
 */
export async function enrol(db: Kysely<Tables>, asked: Enrolment): Promise<EnrolOutcome> {
  return db.transaction().execute(async (tx): Promise<EnrolOutcome> => {
    const { tokenId, nowMs, keyId } = asked
    const token = await tx
      .selectFrom('enrol_token')
      .selectAll()
      .where('id', '=', tokenId)
      .where('secret_sha256', '=', asked.secretSha256)
      .executeTakeFirst()
    if (token === undefined) return { outcome: 'unknown' }
    const { site, created_by: createdBy } = token
    const wrong = mismatch(asked, token)
    if (wrong !== null) return wrong
    const agent = token.agent ?? asked.agent ?? site
    if (token.used_key_id === keyId) return { outcome: 'repeated', site, agent, createdBy }
    if (token.used_ms === null && token.expires_ms <= nowMs) return { outcome: 'expired' }
    if (await isTaken(tx, site, keyId)) return { outcome: 'key-taken' }
    const taken = await tx
      .updateTable('enrol_token')
      .set({ used_ms: nowMs, used_agent: agent, used_key_id: keyId })
      .where('id', '=', tokenId)
      .where('used_ms', 'is', null)
      .where('expires_ms', '>', nowMs)
      .returning('id')
      .executeTakeFirst()
    if (taken === undefined) return { outcome: 'used' }
    await putKey(tx, { ...asked, site, agent }, await nextRevision(tx))
    await writeAudit(tx, {
      ...{ id: asked.auditId, atMs: nowMs, actor: `agent:${site}/${agent}`, site },
      ...{ action: 'agent.enrol', detail: { agent, keyId, token: tokenId, by: createdBy } },
    })
    return { outcome: 'enrolled', site, agent, createdBy }
  })
}

function mismatch(
  asked: Enrolment,
  { site, agent }: Pick<Tables['enrol_token'], 'site' | 'agent'>,
): EnrolOutcome | null {
  if (asked.site !== null && asked.site !== site) return { outcome: 'wrong-site', site, agent }
  if (asked.agent === null || agent === null || asked.agent === agent) return null
  return { outcome: 'wrong-agent', site, agent }
}

async function isTaken(tx: Transaction<Tables>, site: string, keyId: string): Promise<boolean> {
  const query = tx.selectFrom('agent_key').select('key_id')
  const found = await query.where('site', '=', site).where('key_id', '=', keyId).executeTakeFirst()
  return found !== undefined
}

type NewKey = Pick<AgentKey, 'site' | 'agent' | 'keyId' | 'publicKey' | 'expiresMs'> & {
  readonly nowMs: number
}

/** Makes a key the agent's active one; those before it are rotated out. */
async function putKey(tx: Transaction<Tables>, key: NewKey, revision: number): Promise<void> {
  const { site, agent, keyId, publicKey, nowMs, expiresMs } = key
  await tx
    .updateTable('agent_key')
    .set({ state: 'rotated', ended_ms: nowMs, revision })
    .where('site', '=', site)
    .where('agent', '=', agent)
    .where('state', '=', 'active')
    .execute()
  await tx
    .insertInto('agent_key')
    .values({
      ...{ site, agent, key_id: keyId, public_key: Buffer.from(publicKey), state: 'active' },
      ...{ added_ms: nowMs, expires_ms: expiresMs, ended_ms: null, revision },
    })
    .execute()
}

/**
 * Puts a new key in the place of an active one. `repeated`: it is there already. `not-active`: the
 * key that signed it is not the agent's active one, and nothing was changed.
 */
export async function rotateKey(
  db: Kysely<Tables>,
  key: NewKey & { readonly previousKeyId: string },
  audit: AuditEntry,
): Promise<'rotated' | 'repeated' | 'not-active'> {
  return db.transaction().execute(async (tx) => {
    // First, because it locks: of two rotations at once the second sees what the first has done.
    const revision = await nextRevision(tx)
    const own = await tx
      .selectFrom('agent_key')
      .select(['key_id', 'agent', 'state'])
      .where('site', '=', key.site)
      .where('key_id', 'in', [key.keyId, key.previousKeyId])
      .execute()
    const there = own.find((row) => row.key_id === key.keyId)
    if (there !== undefined) {
      return there.agent === key.agent && there.state === 'active' ? 'repeated' : 'not-active'
    }
    const before = own.find((row) => row.key_id === key.previousKeyId)
    if (before?.agent !== key.agent || before.state !== 'active') return 'not-active'
    await putKey(tx, key, revision)
    await writeAudit(tx, audit)
    return 'rotated'
  })
}

/**
 * Takes these keys of an agent back for good, as far as they are not; each with what the ledger is to
 * say of it (null: there is none). Returns which.
 */
export async function revokeKeys(
  db: Kysely<Tables>,
  which: {
    readonly site: string
    readonly agent: string
    readonly keys: readonly { readonly id: string; readonly entry: PendingEntry | null }[]
  },
  nowMs: number,
  audit: AuditEntry,
): Promise<string[]> {
  return db.transaction().execute(async (tx) => {
    const revision = await nextRevision(tx)
    const { site, agent, keys } = which
    const ids = keys.map(({ id }) => id)
    const update = tx
      .updateTable('agent_key')
      .set({ state: 'revoked', ended_ms: nowMs, revision })
      .where('site', '=', site)
      .where('agent', '=', agent)
      .where('state', '!=', 'revoked')
      .where('key_id', 'in', ids)
    const rows = await update.returning('key_id').execute()
    const revoked = new Set(rows.map((row) => row.key_id))
    if (revoked.size > 0) await writeAudit(tx, audit)
    const entries = keys.flatMap(({ id, entry }) =>
      entry !== null && revoked.has(id) ? [entry] : [],
    )
    if (entries.length > 0) await addEntries(tx, entries)
    return [...revoked]
  })
}

/** One-time tokens, newest first; without their secrets' hashes being of any use. */
export async function enrolTokens(db: Kysely<Tables>, limit: number): Promise<EnrolToken[]> {
  const rows = await db
    .selectFrom('enrol_token')
    .selectAll()
    .orderBy('created_ms', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    secretSha256: row.secret_sha256,
    site: row.site,
    agent: row.agent,
    createdBy: row.created_by,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    usedMs: row.used_ms,
    usedAgent: row.used_agent,
  }))
}
