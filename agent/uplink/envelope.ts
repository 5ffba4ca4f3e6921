import type { Signer } from '../../shared/evidence/crypto.ts'
import { keyIdOf, signPayload } from '../../shared/evidence/dsse.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import type { DsseSignature } from '../../shared/evidence/signature.ts'
import type { Envelope, RECORD_PAYLOAD_TYPE } from '../../shared/record/record.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'

const PAYLOAD_TYPE = 'application/vnd.voip-ready.record+json' satisfies typeof RECORD_PAYLOAD_TYPE

/**
 * Wraps a record's payload bytes as DSSE does: the bytes as sent are what is signed. `signatures`
 * stays empty where the agent has no key.
 */
export function sealEnvelope(payload: Uint8Array, signer: Signer | null): Uint8Array {
  const envelope: Envelope = {
    payloadType: PAYLOAD_TYPE,
    payload: Buffer.from(payload).toString('base64'),
    signatures: signer === null ? [] : [signatureOf(signer, payload)],
  }
  return Buffer.from(JSON.stringify(envelope))
}

function signatureOf(signer: Signer, payload: Uint8Array): DsseSignature {
  const sig = Buffer.from(signPayload(signer, PAYLOAD_TYPE, payload)).toString('base64')
  return { keyid: keyIdOf(signer.publicKey, nodeCrypto), sig }
}

/** The payload bytes inside an envelope's bytes; refused when they are not a whole envelope. */
export function openEnvelope(bytes: Uint8Array): Result<Uint8Array, string> {
  try {
    const { payload } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<Envelope>
    if (typeof payload !== 'string' || payload === '') return refuse('no payload')
    const inside = Buffer.from(payload, 'base64')
    JSON.parse(inside.toString('utf8'))
    return ok(inside)
  } catch (error) {
    return refuse((error as Error).message)
  }
}

/** A record on its way: the bytes to send, and the payload in them. */
export interface Outgoing {
  readonly bytes: Uint8Array
  readonly payload: Uint8Array
}

/**
 * An envelope of {@link sealEnvelope} as it goes out: one that waited unsigned since before the agent
 * enrolled is signed now, because its token no longer counts. Refused when it is no whole envelope.
 */
export function outgoing(bytes: Uint8Array, signer: Signer | null): Result<Outgoing, string> {
  const payload = openEnvelope(bytes)
  if (!payload.ok) return payload
  const end = Buffer.from(bytes.subarray(-20)).toString('utf8')
  const unsigned = signer !== null && end.endsWith('"signatures":[]}')
  const sealed = unsigned ? sealEnvelope(payload.value, signer) : bytes
  return ok({ bytes: sealed, payload: payload.value })
}
