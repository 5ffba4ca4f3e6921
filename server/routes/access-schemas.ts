import * as v from 'valibot'

/** Shapes of the routes of access: enrolment, keys, tokens, users, sessions, audit. */
const instant = v.pipe(v.string(), v.isoTimestamp())
export const Name = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/))
const keyId = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/))
const publicKey = v.pipe(v.string(), v.base64(), v.length(44))
const signature = v.pipe(v.string(), v.base64(), v.length(88))
const text = v.pipe(v.string(), v.maxLength(300))
/** What people call a customer; no control characters. */
export const Customer = v.pipe(v.string(), v.regex(/^[^\p{Cc}]{1,100}$/u))
export const Password = v.pipe(v.string(), v.minLength(10), v.maxLength(200))
const role = v.picklist(['admin', 'viewer'])

export const EnrolTokenBody = v.strictObject({
  site: Name,
  agent: v.optional(Name),
  customer: v.optional(Customer),
})
export const EnrolTokenAnswer = v.strictObject({
  id: v.string(),
  site: Name,
  agent: v.nullable(Name),
  expiresAt: instant,
  /** For `voip-ready agent enrol`; shown once. */
  invitation: v.string(),
})
export const EnrolBody = v.strictObject({
  token: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}\.[A-Za-z0-9_-]{22}$/)),
  site: v.nullable(Name),
  agent: v.nullable(Name),
  /** Raw Ed25519 public key, base64. */
  publicKey,
  /** Signature over shared/evidence/enrolment.ts, base64. */
  proof: signature,
})
const log = v.nullable(v.strictObject({ origin: v.string(), vkey: v.string() }))
export const EnrolAnswer = v.strictObject({
  site: Name,
  agent: Name,
  keyId,
  vkey: v.string(),
  addedAt: instant,
  expiresAt: instant,
  log,
})
export const RotateBody = v.strictObject({
  publicKey,
  /** The old key's signature over the raw new key, as DSSE of the rotation's type. */
  signature,
  /** The new key's over the same: its holder has it. */
  proof: signature,
})
export const RotateAnswer = v.strictObject({
  ...{ keyId, vkey: v.string(), addedAt: instant, expiresAt: instant },
})
export const AgentParams = v.strictObject({ site: Name, agent: Name })
export const RevokeBody = v.strictObject({ keyId: v.optional(keyId), why: text })
export const RevokeAnswer = v.strictObject({ revoked: v.array(keyId) })
export const AgentsAnswer = v.strictObject({
  agents: v.array(
    v.strictObject({
      site: Name,
      agent: Name,
      customer: v.nullable(v.string()),
      keys: v.array(
        v.strictObject({
          ...{ keyId, vkey: v.string(), addedAt: instant, expiresAt: instant },
          state: v.picklist(['active', 'rotated', 'revoked']),
          endedAt: v.nullable(instant),
          /** Past its time; it still speaks for its agent. */
          expired: v.boolean(),
        }),
      ),
    }),
  ),
})
export const SiteEntryBody = v.strictObject({
  customer: v.nullable(Customer),
  labels: v.optional(
    v.pipe(v.record(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,62}$/)), text), v.maxEntries(32)),
  ),
})
export const SiteEntryAnswer = v.strictObject({
  ...{ site: Name, customer: v.nullable(v.string()), labels: v.record(v.string(), v.string()) },
})
export const SignInBody = v.strictObject({
  name: v.pipe(v.string(), v.maxLength(63)),
  password: v.pipe(v.string(), v.maxLength(200)),
})
export const SessionAnswer = v.strictObject({
  name: v.string(),
  role,
  customer: v.nullable(v.string()),
  /** For the header x-csrf-token; null without a session. */
  csrf: v.nullable(v.string()),
})
export const AuditQuery = v.strictObject({
  site: v.optional(Name),
  before: v.optional(v.pipe(v.string(), v.uuid())),
  limit: v.optional(v.pipe(v.string(), v.regex(/^([1-9]\d{0,2}|1000)$/))),
})
export const AuditAnswer = v.strictObject({
  entries: v.array(
    v.strictObject({
      id: v.string(),
      at: instant,
      actor: v.string(),
      action: v.string(),
      site: v.nullable(v.string()),
      detail: v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()])),
    }),
  ),
})
const account = { name: Name, role, customer: v.nullable(v.string()), disabled: v.boolean() }
export const UsersAnswer = v.strictObject({
  users: v.array(
    v.strictObject({ ...account, addedAt: instant, lastLoginAt: v.nullable(instant) }),
  ),
})
export const UserBody = v.strictObject({
  ...{ name: Name, password: Password, role },
  customer: v.optional(Customer),
})
export const UserParams = v.strictObject({ name: Name })
export const UserChangeBody = v.union([
  v.strictObject({ password: Password }),
  v.strictObject({ disabled: v.boolean() }),
])
export const UserAnswer = v.strictObject(account)
