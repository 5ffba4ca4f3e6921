import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { keyIdOf, signPayload } from '../../shared/evidence/dsse.ts'
import { ROTATION_PAYLOAD_TYPE } from '../../shared/evidence/entry.ts'
import { agentKeyName } from '../../shared/evidence/key-names.ts'
import { nodeCrypto, signerFrom } from '../../shared/evidence/node-crypto.ts'
import { ask } from './exchange.ts'
import { type Credentials, keyAt, keyFile, saveIdentity } from './identity.ts'
import { askSigned, RequestSigner } from './sign-request.ts'
import { INSTANT, KEY_ID, TEXT, textFields } from './text-fields.ts'

/** Where a new key waits until the collector has taken it. */
const DRAFT = 'key-next.pem'
const PATIENCE_MS = 20_000
const ANSWER = { keyId: KEY_ID, vkey: TEXT, addedAt: INSTANT, expiresAt: INSTANT }

/**
 * When a key is to be changed, milliseconds since 1970: at two thirds of its life, give or take a
 * thirtieth, so that agents that enrolled together do not come together.
 *
 * @param random in [0, 1), the same at every call of one agent's run
 */
export function rotationDueMs(
  { keyAddedMs, keyExpiresMs }: Pick<Credentials['identity'], 'keyAddedMs' | 'keyExpiresMs'>,
  random: number,
): number {
  const life = keyExpiresMs - keyAddedMs
  return keyAddedMs + life * (2 / 3 + (random - 0.5) / 15)
}

/**
 * Makes a new key, lets the old one sign it, and puts it in its place once the collector has taken
 * it. To be called while nothing waits for delivery that the old key signed (it stays good for days
 * all the same). A try whose answer was lost is repeated with the same new key.
 *
 * @returns the new credentials
 * @throws Error with what the collector said; the old key goes on
 */
export async function rotateKey(
  directory: string,
  { identity, signer }: Credentials,
  nowMs: () => number,
): Promise<Credentials> {
  const pem = keyAt(directory, DRAFT)
  const next = signerFrom(agentKeyName(identity.site, identity.agent), pem)
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const signed = (by: typeof signer) =>
    base64(signPayload(by, ROTATION_PAYLOAD_TYPE, next.publicKey))
  const body = Buffer.from(
    JSON.stringify({
      publicKey: base64(next.publicKey),
      signature: signed(signer),
      proof: signed(next),
    }),
  )
  const url = new URL(`${identity.collector}/api/v1/agents/self/key`)
  const requests = new RequestSigner(() => ({ identity, signer }), nowMs)
  const request = { method: 'POST', url, body } as const
  const reply = await askSigned(requests, request, (authorization) =>
    ask({
      ...{ ...request, pin: identity.pin, timeoutMs: PATIENCE_MS },
      headers: { 'content-type': 'application/json', authorization },
    }),
  )
  if (reply.status !== 200) throw new Error(`HTTP ${reply.status}: ${reply.body.slice(0, 300)}`)
  const answer = textFields(JSON.parse(reply.body), ANSWER)
  if (!answer.ok) throw new Error(`an answer without ${answer.error}`)
  const { keyId, vkey, addedAt, expiresAt } = answer.value
  if (keyId !== keyIdOf(next.publicKey, nodeCrypto)) throw new Error('an answer about another key')
  renameSync(join(directory, DRAFT), join(directory, keyFile(keyId)))
  const [keyAddedMs, keyExpiresMs] = [Date.parse(addedAt), Date.parse(expiresAt)]
  const renewed = { ...identity, keyId, vkey, keyAddedMs, keyExpiresMs }
  saveIdentity(directory, renewed)
  return { identity: renewed, signer: next }
}
