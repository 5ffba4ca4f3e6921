import type { Refusal } from '../errors.ts'
import { ok, type Result, refuse } from '../result.ts'
import { capabilityOctets, type WireCapabilities } from './capabilities.ts'
import { CONTROL_HEADER, CONTROL_MAX, controlBytes, MAC_BYTES } from './control.ts'
import { type Field, f64, hex, layout, u8, u16, u16s, u32 } from './fields.ts'

/**
 * The reflector's half of a window, asked for by stream and sequence range; asking again gives the
 * same while the range is remembered. A question is as long as its answer.
 *
 * receipt-request: 0 | session id, 64 | 8 | stream, 16 | 10 | first sequence, 32 | 14 | count, 16 |
 * receipt:  0 | session id, 64 | 8 | stream, 16 | 10 | first sequence, 32 | 14 | count, 16 |
 *          16 | received, 32 (2^32-1 forgotten) | 20 | duplicates, 32 | 24 | reordered, 32 |
 *          28 | replied, 32 | 32 | capabilities, 16 |
 *          34 | flags: 1 clock synchronised, 2 adjtimex, 4 tells what it has forgotten, 8 |
 *          35 | clock's maximum error, ns, double (NaN unknown) | 43 | clock steps, 32 |
 *          47 | TOS set on replies, 8 | 48 | proof: 0 none, 1 socket option, 2 watched, 8 |
 *          49 | receive overflows, 32 (2^32-1 unknown) | 53 | replies made so far, 32 |
 *          57 | dwells of the last sixteen replies, newest first, 16 each |
 *          89 | bit i, most significant first: sequence first + i was received |
 *
 * Of a range whose beginning is older than the reflector's memory nothing is known: `received` says so,
 * the other counts and all bits are 0. An agent from before this mark finds more received than bits and
 * throws the receipt out, as one that contradicts itself. A reflector from before it lacks flag 4, and
 * answers as if nothing had come: what it may have forgotten by then counts as forgotten.
 */
export interface ReceiptRequest {
  readonly sessionId: string
  readonly stream: number
  readonly firstSequence: number
  readonly count: number
}

export interface ReceiptHead extends ReceiptRequest {
  readonly received: number
  readonly duplicates: number
  readonly reordered: number
  readonly replied: number
  readonly capabilities: WireCapabilities
  readonly clockFlags: number
  readonly clockMaxErrorNs: number
  readonly clockSteps: number
  readonly egressTos: number
  readonly egressProof: number
  readonly receiveOverflows: number
  readonly replySequenceNext: number
  readonly lastDwells: readonly number[]
}

export interface Receipt extends ReceiptHead {
  readonly receivedBitmap: Uint8Array
}

export const CLOCK_SYNCHRONISED = 1
export const CLOCK_ADJTIMEX = 2
/** In the same octet, and not of the clock. */
export const TELLS_FORGOTTEN = 4
/** In place of the number received. */
export const FORGOTTEN = 0xffffffff
export const EGRESS_PROOFS = ['none', 'socket-option', 'watched'] as const
export const OVERFLOWS_UNKNOWN = 0xffffffff
export const LAST_DWELLS = 16

const request = {
  sessionId: hex(8),
  stream: u16,
  firstSequence: u32,
  count: u16,
}
export const receiptRequestBody: Field<ReceiptRequest> = layout<ReceiptRequest>(request)
const receiptHead: Field<ReceiptHead> = layout<ReceiptHead>({
  ...request,
  received: u32,
  duplicates: u32,
  reordered: u32,
  replied: u32,
  capabilities: capabilityOctets,
  clockFlags: u8,
  clockMaxErrorNs: f64,
  clockSteps: u32,
  egressTos: u8,
  egressProof: u8,
  receiveOverflows: u32,
  replySequenceNext: u32,
  lastDwells: u16s(LAST_DWELLS),
})

/** Most sequence numbers that one receipt can hold. */
export const RECEIPT_MAX_COUNT = 8 * (CONTROL_MAX - CONTROL_HEADER - receiptHead.bytes - MAC_BYTES)

/** Length of a receipt over `count` sequence numbers, and of the request for it. */
export function receiptBytes(count: number): number {
  return controlBytes(receiptHead) + Math.ceil(count / 8)
}

/**
 * Whether a receipt tells what came.
 * @param sent no packet of a higher sequence number had left when it came
 * @param history sequence numbers that the reflector remembers of a stream, by its accept
 */
export function isRemembered(
  { received, clockFlags, firstSequence }: ReceiptHead,
  { sent, history }: { readonly sent: number; readonly history: number },
): boolean {
  if (received === FORGOTTEN) return false
  return (clockFlags & TELLS_FORGOTTEN) !== 0 || firstSequence > sent - history
}

/** Layout of a receipt over `count` sequence numbers. */
export function receiptBody(count: number): Field<Receipt> {
  const bitmapBytes = Math.ceil(count / 8)
  return {
    bytes: receiptHead.bytes + bitmapBytes,
    read: (view, at) => ({
      ...receiptHead.read(view, at),
      receivedBitmap: new Uint8Array(
        view.buffer,
        view.byteOffset + at + receiptHead.bytes,
        bitmapBytes,
      ).slice(),
    }),
    write: (view, at, value) => {
      receiptHead.write(view, at, value)
      for (let i = 0; i < bitmapBytes; i++)
        view.setUint8(at + receiptHead.bytes + i, value.receivedBitmap[i] ?? 0)
    },
  }
}

/** The count that an unopened request or receipt names; refuses one that does not match its length. */
export function receiptCount(datagram: Uint8Array): Result<number, Refusal> {
  const at = CONTROL_HEADER + 14
  if (datagram.length < CONTROL_HEADER + receiptRequestBody.bytes)
    return refuse({ code: 'truncated', offset: datagram.length })
  const count = (datagram[at]! << 8) | datagram[at + 1]!
  if (count === 0 || count > RECEIPT_MAX_COUNT) return refuse({ code: 'bad-value', offset: at })
  const wanted = receiptBytes(count)
  if (datagram.length < wanted) return refuse({ code: 'truncated', offset: datagram.length })
  if (datagram.length > wanted) return refuse({ code: 'oversized', offset: wanted })
  return ok(count)
}
