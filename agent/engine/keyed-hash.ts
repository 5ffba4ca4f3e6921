import { createHmac } from 'node:crypto'

/** HMAC-SHA-256, as the control messages of shared/wire want it handed in: 32 octets. */
export function keyedHash(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(data).digest()
}
