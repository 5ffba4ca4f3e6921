import type { KnownAccess } from './access/known.ts'
import type { TokenBook } from './access/token-file.ts'
import type { RevokedAgent } from './metrics/agent-families.ts'

/** What agents prove themselves by: every key and token of the store, and the token file's. */
export interface Proofs {
  readonly keys: ReturnType<KnownAccess['keys']>
  readonly tokens: ReturnType<KnownAccess['tokens']>
  readonly inFile: ReturnType<TokenBook['tokens']>
}

interface Holder {
  readonly site: string
  readonly agent: string
}

export interface Holders {
  /** Sites that any agent ever had a key for. */
  readonly sites: ReadonlySet<string>
  /** Sites that any agent has a key in force for, or one without any key a token. */
  readonly inForce: ReadonlySet<string>
  /** Agents with a key in force; `sinceMs` is when it was enrolled, milliseconds since 1970. */
  readonly unheard: readonly (Holder & { readonly sinceMs: number })[]
  /** By `site/agent`: those that had keys or tokens and have none in force. */
  readonly revoked: ReadonlyMap<string, RevokedAgent>
}

/** Who may deliver, and who no longer may because somebody took it back. */
export function holdersOf(proofs: Proofs): Holders {
  const { keys } = proofs
  const active = keys.filter(({ state }) => state === 'active')
  const byToken = tokenProofs(proofs)
  return {
    revoked: revokedAmong([...keys.map(asProof), ...byToken]),
    sites: new Set(keys.map(({ site }) => site)),
    inForce: new Set([...active, ...byToken.filter(({ holds }) => holds)].map(({ site }) => site)),
    unheard: active.map(({ site, agent, addedMs }) => ({ site, agent, sinceMs: addedMs })),
  }
}

interface Proof extends Holder {
  readonly holds: boolean
  /** When it ended, milliseconds since 1970; null: it did not. */
  readonly endedMs: number | null
}

const asProof = ({ site, agent, state, endedMs }: Proofs['keys'][number]): Proof => ({
  ...{ site, agent, endedMs },
  holds: state === 'active',
})

/** A token speaks for one agent of one site, as long as that agent never had a key. */
function tokenProofs({ keys, tokens, inFile }: Proofs): Proof[] {
  const withKey = new Set(keys.map(({ site, agent }) => `${site}/${agent}`))
  const found: Proof[] = []
  for (const { role, site, agent, revokedMs } of tokens) {
    if (role !== 'agent' || site === null || agent === null) continue
    // One that ran out was taken back by nobody: its agent's silence is to be told.
    found.push({ site, agent, holds: revokedMs === null, endedMs: revokedMs })
  }
  for (const token of inFile.values()) {
    if (token.role !== 'agent') continue
    found.push({ site: token.site, agent: token.agent, holds: true, endedMs: null })
  }
  return found.filter(({ site, agent }) => !withKey.has(`${site}/${agent}`))
}

function revokedAmong(proofs: readonly Proof[]): Map<string, RevokedAgent> {
  const found = new Map<string, RevokedAgent>()
  for (const { site, agent, endedMs } of proofs) {
    const before = found.get(`${site}/${agent}`)?.sinceMs ?? 0
    found.set(`${site}/${agent}`, { site, agent, sinceMs: Math.max(before, endedMs ?? 0) })
  }
  for (const { site, agent, holds } of proofs) {
    if (holds) found.delete(`${site}/${agent}`)
  }
  return found
}
