import type { IngestRefusal } from '../ingest/refusals.ts'
import { keyRefusal } from './agent-auth.ts'
import type { KnownAccess } from './known.ts'
import type { AgentIdentity } from './principals.ts'

/** What of a received envelope decides whether it may speak for its agent. */
export interface SignedRecord {
  readonly site: string
  readonly agent: string
  /** Ids of the keys that its signatures name. */
  readonly signers: readonly string[]
  /** Places of the listed keys that really made one of them. */
  readonly proven: readonly number[]
}

/**
 * A record is its agent's when one of its signatures is, under a key that the agent enrolled. Without
 * a signature a token must vouch for it, and only while that agent has never enrolled a key. Whoever
 * sends signed records (a spool carried by hand, another agent) does not matter.
 *
 * @param known what is known of keys, fresh
 * @param sender who proved himself in the request; null: nobody
 * @returns null when the record is its agent's
 */
export function ownerRefusal(
  known: Pick<KnownAccess, 'keysOf'>,
  { site, agent, signers, proven }: SignedRecord,
  sender: AgentIdentity | null,
  nowMs: number,
): IngestRefusal | null {
  if (signers.length === 0) {
    return unsigned({ site, agent }, sender, known.keysOf(site, agent).size > 0)
  }
  let refused: IngestRefusal['code'] = 'unknown-key'
  for (const keyId of signers) {
    const key = keyRefusal(known, { site, agent, keyId }, nowMs)
    if (typeof key !== 'string' && proven.includes(key.place)) return null
    refused = typeof key === 'string' ? key : 'bad-signature'
  }
  const wanted = `a signature by a key of ${agent} at ${site}`
  return { code: refused, where: 'envelope.signatures', wanted, found: signers.join(', ') }
}

function unsigned(
  { site, agent }: Pick<SignedRecord, 'site' | 'agent'>,
  sender: AgentIdentity | null,
  enrolled: boolean,
): IngestRefusal | null {
  const where = 'envelope.signatures'
  if (enrolled) return { code: 'must-sign', where, wanted: 'a signature', found: 'none' }
  if (sender === null) return { code: 'unsigned', where, wanted: 'a signature', found: 'none' }
  if (sender.site === site && sender.agent === agent) return null
  return {
    code: 'not-yours',
    where: 'payload.site, payload.agent',
    wanted: `${sender.site}, ${sender.agent}`,
    found: `${site}, ${agent}`,
  }
}
