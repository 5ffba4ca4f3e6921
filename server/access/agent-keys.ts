import { keyIdOf, verifyPayload } from '../../shared/evidence/dsse.ts'
import { ROTATION_PAYLOAD_TYPE } from '../../shared/evidence/entry.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { problem } from '../problem.ts'
import { keyRefusal } from './agent-auth.ts'
import { type AccessDesk, auditOf, changing, enter } from './desk.ts'
import { agentVkey, type Enrolled, KEY_LIFE_MS } from './enrolment.ts'
import { KnownAccess, type KnownKey } from './known.ts'
import type { AgentIdentity } from './principals.ts'

export interface RotationRequest {
  /** Raw new key, base64. */
  readonly publicKey: string
  /** The active key's signature over the new one, base64. */
  readonly signature: string
  /** The new key's own over itself, base64. */
  readonly proof: string
}

/**
 * Puts an agent's new key in the place of the active one, which signed it. The old one speaks for
 * the agent for a while longer, so that what it signed and still waits can come.
 *
 * @param previousKeyId the key that signed the request
 * @throws Problem bad-signature, revoked-key (it is no longer the active one)
 */
export async function rotateAgentKey(
  desk: AccessDesk,
  known: KnownAccess,
  agent: AgentIdentity & { readonly keyId: string },
  asked: RotationRequest,
): Promise<Omit<Enrolled, 'site' | 'agent'>> {
  const { site, agent: name, keyId: previousKeyId } = agent
  const payload = new Uint8Array(Buffer.from(asked.publicKey, 'base64'))
  const nowMs = desk.nowMs()
  const old = keyRefusal(await known.fresh(), agent, nowMs)
  if (typeof old === 'string') throw problem(old, { found: previousKeyId })
  const holds = (key: Uint8Array, signature: string) =>
    verifyPayload(nodeCrypto, key, {
      ...{ payloadType: ROTATION_PAYLOAD_TYPE, payload },
      signature: Buffer.from(signature, 'base64'),
    })
  if (!holds(old.publicKey, asked.signature)) {
    throw problem('bad-signature', { where: 'body.signature' })
  }
  if (!holds(payload, asked.proof)) throw problem('bad-signature', { where: 'body.proof' })
  const keyId = keyIdOf(payload, nodeCrypto)
  const expiresMs = nowMs + KEY_LIFE_MS
  const who = { site, agent: name }
  const outcome = await changing(desk, () =>
    desk.book.rotateKey(
      { ...who, keyId, publicKey: payload, nowMs, expiresMs, previousKeyId },
      auditOf(desk, `agent:${site}/${name}`, 'agent.rotate', site, {
        ...{ agent: name, keyId, previousKeyId },
      }),
    ),
  )
  if (outcome === 'not-active') throw problem('revoked-key', { found: previousKeyId })
  const vkey = agentVkey(site, name, payload)
  const { signature } = asked
  await enter(desk, { kind: 'rotate', ...who, key: vkey, previousKeyId, signature })
  return { keyId, vkey, addedMs: nowMs, expiresMs }
}

/**
 * Takes keys of an agent back: one, or all. Nothing signed with them is taken from the next request
 * on; other collectors follow within a second.
 *
 * @returns the ids of the keys that were taken back
 * @throws Problem unknown-agent when the agent has none that could be
 */
export async function revokeAgent(
  desk: AccessDesk,
  agent: AgentIdentity,
  keyId: string | null,
  reason: { readonly why: string; readonly by: string },
): Promise<string[]> {
  const { site, agent: name } = agent
  const { why, by } = reason
  const known = desk.known ?? new KnownAccess(desk.book, desk.nowMs)
  const revoked: string[] = []
  // Until none is left: one that came meanwhile is taken back in a turn of its own.
  for (;;) {
    known.forget()
    const keys = [...(await known.fresh()).keysOf(site, name).values()]
    const ids = keys.flatMap((one) => (canGo(one, keyId) ? [one.keyId] : []))
    if (ids.length === 0) break
    const audit = auditOf(desk, by, 'agent.revoke', site, { agent: name, keyId, why })
    const entryOf = (id: string) =>
      ({ kind: 'revoke', site, agent: name, keyId: id, why, by }) as const
    // In one transaction with what they tell of: nobody asks a second time for what is done.
    const said = ids.map((id) => ({ id, entry: desk.journal?.prepare(entryOf(id)) ?? null }))
    const revoke = () =>
      desk.book.revokeKeys({ site, agent: name, keys: said }, desk.nowMs(), audit)
    revoked.push(...(await changing(desk, revoke)))
  }
  if (revoked.length === 0) throw problem('unknown-agent', { found: `${site}/${name}` })
  return revoked
}

const canGo = ({ keyId, state }: KnownKey, asked: string | null) =>
  state !== 'revoked' && (asked === null || asked === keyId)

export interface EnrolledAgent extends AgentIdentity {
  readonly customer: string | null
  readonly keys: readonly KnownKey[]
}

/** Every agent that ever enrolled, with its keys, the newest first. */
export function enrolledAgents(known: KnownAccess): EnrolledAgent[] {
  const names = new Map(
    known.keys().map(({ site, agent }) => [`${site}/${agent}`, { site, agent }]),
  )
  return [...names.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { site, agent }]) => ({
      ...{ site, agent, customer: known.site(site)?.customer ?? null },
      keys: [...known.keysOf(site, agent).values()].sort((a, b) => b.addedMs - a.addedMs),
    }))
}
