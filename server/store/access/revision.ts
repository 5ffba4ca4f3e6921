import { type Kysely, sql, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'
import type { AgentKeyTable, ApiTokenTable } from './tables.ts'

/** A site as the operator entered it. */
export interface SiteEntry {
  readonly site: string
  readonly customer: string | null
  readonly labels: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly addedMs: number
}

export interface AgentKey {
  readonly site: string
  readonly agent: string
  readonly keyId: string
  /** Raw Ed25519 public key, 32 octets. */
  readonly publicKey: Uint8Array
  readonly state: 'active' | 'rotated' | 'revoked'
  readonly addedMs: number
  readonly expiresMs: number
  readonly endedMs: number | null
}

export interface ApiToken {
  readonly id: string
  readonly secretSha256: string
  readonly name: string
  readonly role: 'admin' | 'viewer' | 'agent'
  readonly customer: string | null
  readonly site: string | null
  readonly agent: string | null
  readonly addedMs: number
  readonly expiresMs: number | null
  readonly lastUsedMs: number | null
  readonly revokedMs: number | null
}

/** What has changed since a revision: whoever follows it holds all sites, keys and tokens. */
export interface AccessChanges {
  readonly revision: number
  readonly sites: readonly SiteEntry[]
  readonly keys: readonly AgentKey[]
  readonly tokens: readonly ApiToken[]
}

/**
 * The next revision. Its one row is locked until the transaction ends, so that revisions become
 * visible in their order and no follower can miss one.
 */
export async function nextRevision(tx: Transaction<Tables>): Promise<number> {
  const { n } = await tx
    .updateTable('access_revision')
    .set({ n: sql`n + 1` })
    .where('id', '=', 1)
    .returning('n')
    .executeTakeFirstOrThrow()
  return n
}

/** The newest revision. */
export async function revisionOf(db: Kysely<Tables>): Promise<number> {
  const row = await db.selectFrom('access_revision').select('n').executeTakeFirstOrThrow()
  return row.n
}

/** Everything that revisions after `after` touched; `after` -1 gives all. */
export async function changesSince(db: Kysely<Tables>, after: number): Promise<AccessChanges> {
  // Read first: what is committed in between comes again with the next look.
  const revision = await revisionOf(db)
  const sites = await db.selectFrom('site').selectAll().where('revision', '>', after).execute()
  const keys = await db.selectFrom('agent_key').selectAll().where('revision', '>', after).execute()
  const tokens = await db
    .selectFrom('api_token')
    .selectAll()
    .where('revision', '>', after)
    .execute()
  return { revision, sites: sites.map(toSite), keys: keys.map(toKey), tokens: tokens.map(toToken) }
}

export function toSite(row: Tables['site']): SiteEntry {
  const labels = JSON.parse(row.labels) as Readonly<Record<string, string>>
  return { site: row.site, customer: row.customer, labels, addedMs: row.added_ms }
}

export function toKey(row: AgentKeyTable): AgentKey {
  return {
    site: row.site,
    agent: row.agent,
    keyId: row.key_id,
    publicKey: new Uint8Array(row.public_key),
    state: row.state,
    addedMs: row.added_ms,
    expiresMs: row.expires_ms,
    endedMs: row.ended_ms,
  }
}

export function toToken(row: ApiTokenTable): ApiToken {
  return {
    id: row.id,
    secretSha256: row.secret_sha256,
    name: row.name,
    role: row.role,
    customer: row.customer,
    site: row.site,
    agent: row.agent,
    addedMs: row.added_ms,
    expiresMs: row.expires_ms,
    lastUsedMs: row.last_used_ms,
    revokedMs: row.revoked_ms,
  }
}
