import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'

/**
 * Bearer tokens. A token is `vr_<id>_<secret>`: the id finds it, the secret (256 random bits) proves
 * it, and only the SHA-256 of the secret is kept; with that much entropy a slow hash adds nothing.
 * (To come: enrolment by one-time tokens and keys of the agents' own; users with sessions.)
 */
const name = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/))
const base = {
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  secretSha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  createdMs: v.pipe(v.number(), v.integer(), v.minValue(0)),
}

export const TokenSchema = v.variant('role', [
  v.strictObject({ ...base, role: v.literal('agent'), agent: name, site: name }),
  v.strictObject({ ...base, role: v.literal('viewer'), name }),
])
export type Token = v.InferOutput<typeof TokenSchema>
export type TokenOwner =
  | { readonly role: 'agent'; readonly agent: string; readonly site: string }
  | { readonly role: 'viewer'; readonly name: string }

export const TokenFileSchema = v.strictObject({
  format: v.literal('voip-ready/tokens/1'),
  tokens: v.pipe(v.array(TokenSchema), v.maxLength(100_000)),
})

const WRITTEN = /^vr_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/

/** Makes a token for an owner; `written` is shown once and cannot be had again. */
export function makeToken(
  owner: TokenOwner,
  createdMs: number,
): { readonly token: Token; readonly written: string } {
  const id = randomBytes(8).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  const token = { ...owner, id, secretSha256: digest(secret).toString('hex'), createdMs }
  return { token, written: `vr_${id}_${secret}` }
}

/** The token that an `Authorization` header proves; null when it proves none. */
export function proveToken(
  header: string | undefined,
  byId: ReadonlyMap<string, Token>,
): Token | null {
  const bearer = /^bearer +(\S+)$/i.exec(header ?? '')?.[1]
  const parts = WRITTEN.exec(bearer ?? '')
  const token = byId.get(parts?.[1] ?? '')
  if (token === undefined) return null
  const given = digest(parts?.[2] ?? '')
  return timingSafeEqual(given, Buffer.from(token.secretSha256, 'hex')) ? token : null
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
