import { createHash, verify } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import {
  REQUEST_PAYLOAD_TYPE,
  REQUEST_SCHEME,
  REQUEST_SKEW_MS,
  type RequestProof,
  readRequestHeader,
  requestText,
} from '../../shared/evidence/agent-request.ts'
import { preAuthEncoding } from '../../shared/evidence/dsse.ts'
import { publicKeyOf } from '../../shared/evidence/node-crypto.ts'
import { isWeakKey } from '../../shared/evidence/weak-key.ts'
import { problem } from '../problem.ts'
import type { KnownAccess, KnownKey } from './known.ts'

/** How long a key that was rotated out still signs for its agent: until what waited has come. */
export const OVERLAP_MS = 7 * 86_400_000

/** True for a request that brings an agent's signature. */
export function isSigned(request: FastifyRequest): boolean {
  return request.headers.authorization?.startsWith(`${REQUEST_SCHEME} `) ?? false
}

/**
 * The agent whose signature a request carries (shared/evidence/agent-request.ts). The body is not
 * here yet: its digest is signed, and {@link checkSignedBody} compares when it has come.
 *
 * @throws Problem bad-signature, unknown-key, revoked-key, clock-skew (all 401)
 */
export async function proveAgentRequest(
  request: FastifyRequest,
  known: KnownAccess,
  nowMs: number,
): Promise<RequestProof> {
  const where = 'header Authorization'
  const proof = readRequestHeader(request.headers.authorization ?? '')
  if (proof === null) {
    const wanted = `${REQUEST_SCHEME} site=..,agent=..,key=..,t=..,body=..,sig=..`
    throw problem('bad-signature', { where, wanted })
  }
  const refusal = keyRefusal(await known.fresh(), proof, nowMs)
  if (typeof refusal === 'string') throw problem(refusal, { where, found: proof.keyId })
  const { method, url: target } = request
  const text = preAuthEncoding(REQUEST_PAYLOAD_TYPE, requestText({ ...proof, method, target }))
  if (!(await verifyAsync(refusal, text, Buffer.from(proof.signature, 'base64')))) {
    throw problem('bad-signature', { where, wanted: 'the signature of this very request' })
  }
  // Told only to who holds the key: nobody else learns anything by asking.
  if (Math.abs(nowMs - proof.timeMs) > REQUEST_SKEW_MS) {
    const wanted = `within ${REQUEST_SKEW_MS / 1000} s of ${new Date(nowMs).toISOString()}`
    throw problem('clock-skew', { where, wanted, found: String(proof.timeMs) })
  }
  return proof
}

/** @throws Problem bad-signature when the body is not the one whose digest was signed */
export function checkSignedBody(proof: RequestProof, body: unknown): void {
  const bytes = body instanceof Uint8Array ? body : new Uint8Array()
  const found = createHash('sha256').update(bytes).digest('hex')
  const plain = body === undefined || body === null || body instanceof Uint8Array
  if (plain && found === proof.bodySha256) return
  throw problem('bad-signature', { where: 'body', wanted: proof.bodySha256, found })
}

/** The key that may sign for an agent now, or why there is none. */
export function keyRefusal(
  known: Pick<KnownAccess, 'keysOf'>,
  { site, agent, keyId }: Pick<RequestProof, 'site' | 'agent' | 'keyId'>,
  nowMs: number,
): KnownKey | 'unknown-key' | 'revoked-key' {
  const key = known.keysOf(site, agent).get(keyId)
  if (key === undefined) return 'unknown-key'
  if (key.state === 'active') return key
  const overlaps = key.state === 'rotated' && nowMs < (key.endedMs ?? 0) + OVERLAP_MS
  return overlaps ? key : 'revoked-key'
}

/** Ed25519 in the thread pool: the main thread has other things to do. */
function verifyAsync(
  { publicKey }: Pick<KnownKey, 'publicKey'>,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  // One that was enrolled before such keys were refused.
  if (isWeakKey(publicKey)) return Promise.resolve(false)
  const key = publicKeyOf(publicKey)
  return new Promise((resolve) => {
    verify(null, message, key, signature, (error, good) => resolve(error === null && good))
  })
}
