import type { Envelope, RECORD_PAYLOAD_TYPE } from '../../shared/record/record.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'

/**
 * Wraps a record's payload bytes as DSSE does: the bytes as sent are what is signed. `signatures`
 * stays empty until agents are enrolled with keys; their place is kept.
 */
export function sealEnvelope(payload: Uint8Array): Uint8Array {
  const envelope: Envelope = {
    payloadType: 'application/vnd.voip-ready.record+json' satisfies typeof RECORD_PAYLOAD_TYPE,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [],
  }
  return Buffer.from(JSON.stringify(envelope))
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
