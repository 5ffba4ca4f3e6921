import type { KnownAccess } from './access/known.ts'
import type { Reason } from './readiness.ts'

const DAY_MS = 24 * 3_600_000
/** A certificate is renewed by then; so says `collector doctor` too. */
const CERTIFICATE_DAYS = 21
/** Agents change their key with 60 days left: one that has fewer could not. */
export const AGENT_KEY_DAYS = 45
export const TOKEN_DAYS = 14
/** What ran out longer ago is no news: it is missed by nobody, or somebody has been told. */
const FORGOTTEN_DAYS = 30

export interface ExpiringKey {
  readonly site: string
  readonly agent: string
  readonly expiresMs: number
}

/** The soonest end of the tokens of a role. */
export interface ExpiringTokens {
  readonly role: string
  readonly tokens: number
  readonly expiresMs: number
}

/**
 * What runs out, or has: told in time, and never a reason to stop measuring. The key of the log does
 * not run out.
 */
export class Expiry {
  readonly #known: Pick<KnownAccess, 'keys' | 'tokens'>
  readonly #certificateMs: () => number | null
  readonly #nowMs: () => number

  constructor(
    known: Pick<KnownAccess, 'keys' | 'tokens'>,
    certificateMs: () => number | null,
    nowMs: () => number,
  ) {
    this.#known = known
    this.#certificateMs = certificateMs
    this.#nowMs = nowMs
  }

  /** End of the certificate that is served, milliseconds since 1970; null: none is. */
  certificateMs(): number | null {
    return this.#certificateMs()
  }

  /** Agents' keys in force that end within {@link AGENT_KEY_DAYS}, or have ended. */
  agentKeys(): ExpiringKey[] {
    return expiringKeys(this.#known.keys(), this.#nowMs())
  }

  /** For each role the soonest end of a token, where one ends within {@link TOKEN_DAYS}. */
  tokens(): ExpiringTokens[] {
    return expiringTokens(this.#known.tokens(), this.#nowMs())
  }

  /** For whoever runs the collector; it names nobody, because it needs no token to be read. */
  warnings(): Reason[] {
    const nowMs = this.#nowMs()
    const certificateMs = this.#certificateMs()
    const warnings: Reason[] = []
    if (certificateMs !== null && certificateMs - nowMs < CERTIFICATE_DAYS * DAY_MS) {
      const repair = 'renew it with the same key: agents have pinned that'
      warnings.push({ what: 'certificate', found: ends('it', certificateMs, nowMs), repair })
    }
    const keys = this.agentKeys()
    const [key] = keys
    if (key !== undefined) {
      const found = `${keys.length} of agents; ${ends('the first', key.expiresMs, nowMs)}`
      const repair = 'agents change theirs by themselves: see voip-ready collector agents list'
      warnings.push({ what: 'agent keys', found, repair })
    }
    for (const { role, tokens, expiresMs } of this.tokens()) {
      const found = `${tokens} of role ${role}; ${ends('the first', expiresMs, nowMs)}`
      const repair = 'make new ones and revoke these: see voip-ready collector tokens --help'
      warnings.push({ what: 'API tokens', found, repair })
    }
    return warnings
  }
}

interface KeyEnd {
  readonly site: string
  readonly agent: string
  readonly state: string
  readonly expiresMs: number
}

/** Soonest first. */
export function expiringKeys(keys: readonly KeyEnd[], nowMs: number): ExpiringKey[] {
  return keys
    .filter(
      ({ state, expiresMs }) => state === 'active' && isNews(expiresMs, nowMs, AGENT_KEY_DAYS),
    )
    .map(({ site, agent, expiresMs }) => ({ site, agent, expiresMs }))
    .sort((a, b) => a.expiresMs - b.expiresMs)
}

interface TokenEnd {
  readonly role: string
  readonly expiresMs: number | null
  readonly revokedMs: number | null
}

export function expiringTokens(tokens: readonly TokenEnd[], nowMs: number): ExpiringTokens[] {
  const roles = new Map<string, ExpiringTokens>()
  for (const { role, expiresMs, revokedMs } of tokens) {
    if (revokedMs !== null || expiresMs === null || !isNews(expiresMs, nowMs, TOKEN_DAYS)) continue
    const before = roles.get(role)
    const soonest = Math.min(before?.expiresMs ?? expiresMs, expiresMs)
    roles.set(role, { role, tokens: (before?.tokens ?? 0) + 1, expiresMs: soonest })
  }
  return [...roles.values()].sort((a, b) => (a.role < b.role ? -1 : 1))
}

function isNews(expiresMs: number, nowMs: number, days: number): boolean {
  return expiresMs - nowMs < days * DAY_MS && nowMs - expiresMs < FORGOTTEN_DAYS * DAY_MS
}

function ends(what: string, expiresMs: number, nowMs: number): string {
  const at = new Date(expiresMs).toISOString()
  const days = Math.floor(Math.abs(expiresMs - nowMs) / DAY_MS)
  return expiresMs <= nowMs ? `${what} expired at ${at}` : `${what} expires at ${at} (${days} days)`
}
