import { preAuthEncoding } from '../../shared/evidence/dsse.ts'
import type { IngestRefusal } from '../ingest/refusals.ts'
import { keyRefusal, verifyAsync } from './agent-auth.ts'
import type { KnownAccess } from './known.ts'
import type { AgentIdentity } from './principals.ts'

/** What of a received envelope decides whether it may speak for its agent. */
export interface SignedRecord {
  readonly site: string
  readonly agent: string
  readonly payloadType: string
  /** The exact bytes. */
  readonly payload: Uint8Array
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
}

/** Null: the record is its agent's. */
export type CheckRecord = (
  record: SignedRecord,
  sender: AgentIdentity | null,
  nowMs: number,
) => Promise<IngestRefusal | null>

/**
 * A record is its agent's when one of its signatures is, under a key that the agent enrolled. Without
 * a signature a token must vouch for it, and only while that agent has never enrolled a key. Whoever
 * sends signed records (a spool carried by hand, another agent) does not matter.
 */
export function recordSignatures(known: KnownAccess): CheckRecord {
  return async (record, sender, nowMs) => {
    const { site, agent, signatures } = record
    const { keysOf } = await known.fresh().then((fresh) => ({ keysOf: fresh.keysOf.bind(fresh) }))
    if (signatures.length === 0) return unsigned(record, sender, keysOf(site, agent).size > 0)
    let refused: IngestRefusal['code'] = 'unknown-key'
    for (const { keyid, sig } of signatures) {
      const key = keyRefusal({ keysOf }, { site, agent, keyId: keyid }, nowMs)
      if (typeof key === 'string') {
        refused = key
        continue
      }
      const message = preAuthEncoding(record.payloadType, record.payload)
      if (await verifyAsync(key, message, Buffer.from(sig, 'base64'))) return null
      refused = 'bad-signature'
    }
    const found = signatures.map(({ keyid }) => keyid).join(', ')
    const wanted = `a signature by a key of ${agent} at ${site}`
    return { code: refused, where: 'envelope.signatures', wanted, found }
  }
}

function unsigned(
  { site, agent }: SignedRecord,
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
