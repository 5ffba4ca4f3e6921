/**
 * Tables of access, as Kysely sees them. `site` and `agent_key` belong to sites and lead with the
 * site; the others are small (people, tokens, their acts) and are reference tables where tables are
 * distributed. `revision` is the change of `access_revision` that last touched a row, so that every
 * collector can follow what another one changed.
 */
export interface AccessTables {
  readonly access_revision: { readonly id: number; readonly n: number }
  readonly site: {
    readonly site: string
    readonly customer: string | null
    /** JSON object of strings. */
    readonly labels: string
    readonly added_ms: number
    readonly revision: number
  }
  readonly enrol_token: EnrolTokenTable
  readonly agent_key: AgentKeyTable
  readonly user_account: {
    readonly name: string
    /** scrypt, with its parameters and salt. */
    readonly password: string
    readonly role: 'admin' | 'viewer'
    readonly customer: string | null
    /** 0 or 1. */
    readonly disabled: number
    readonly added_ms: number
    readonly last_login_ms: number | null
  }
  readonly api_token: ApiTokenTable
  readonly session: {
    /** SHA-256 of the id that the browser holds, hex. */
    readonly id_sha256: string
    readonly account: string
    readonly csrf: string
    readonly created_ms: number
    readonly seen_ms: number
    readonly expires_ms: number
  }
  readonly login_failure: {
    /** `account:NAME` or `address:IP`. */
    readonly subject: string
    readonly failures: number
    readonly last_ms: number
    readonly until_ms: number
  }
  readonly audit: {
    readonly id: string
    readonly at_ms: number
    readonly actor: string
    readonly action: string
    readonly site: string | null
    /** JSON object. */
    readonly detail: string
  }
}

export interface EnrolTokenTable {
  readonly id: string
  readonly secret_sha256: string
  readonly site: string
  /** The agent's name; null: the agent brings its own. */
  readonly agent: string | null
  readonly created_by: string
  readonly created_ms: number
  readonly expires_ms: number
  readonly used_ms: number | null
  readonly used_agent: string | null
  readonly used_key_id: string | null
}

export interface AgentKeyTable {
  readonly site: string
  readonly agent: string
  readonly key_id: string
  /** Raw Ed25519 public key, 32 octets. */
  readonly public_key: Uint8Array
  readonly state: 'active' | 'rotated' | 'revoked'
  readonly added_ms: number
  readonly expires_ms: number
  readonly ended_ms: number | null
  readonly revision: number
}

export interface ApiTokenTable {
  readonly id: string
  readonly secret_sha256: string
  readonly name: string
  readonly role: 'admin' | 'viewer' | 'agent'
  readonly customer: string | null
  /** Of an agent's token. */
  readonly site: string | null
  readonly agent: string | null
  readonly added_ms: number
  readonly expires_ms: number | null
  readonly last_used_ms: number | null
  readonly revoked_ms: number | null
  readonly revision: number
}
