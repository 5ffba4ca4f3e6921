import type { Field } from './fields.ts'

/**
 * What an engine can do, in two octets, as accept and receipt carry it.
 *
 *  0 | L | S | s | t | R | T | sched | L linux engine, S sets TOS, s sees TOS, t sees TTL,
 *  1 | E | I | r |    0              | R/T kernel stamps, sched 0 normal 1 nice 2 fifo,
 *                                      E sees egress, I raw ICMP, r signs receipts
 */
export interface WireCapabilities {
  readonly engine: 'linux' | 'dgram'
  readonly setTos: boolean
  readonly seeTos: boolean
  readonly seeTtl: boolean
  readonly receiveStamp: 'kernel' | 'user'
  readonly transmitStamp: 'kernel' | 'user'
  readonly scheduling: 'fifo' | 'nice' | 'normal'
  readonly seeEgress: boolean
  readonly rawIcmp: boolean
  /** Only of a reflector: it signs receipts. */
  readonly signsReceipts?: boolean
}

const SCHEDULING = ['normal', 'nice', 'fifo'] as const

export const capabilityOctets: Field<WireCapabilities> = {
  bytes: 2,
  read: (view, at) => {
    const first = view.getUint8(at)
    const second = view.getUint8(at + 1)
    return {
      engine: first & 0x80 ? 'linux' : 'dgram',
      setTos: (first & 0x40) !== 0,
      seeTos: (first & 0x20) !== 0,
      seeTtl: (first & 0x10) !== 0,
      receiveStamp: first & 0x08 ? 'kernel' : 'user',
      transmitStamp: first & 0x04 ? 'kernel' : 'user',
      scheduling: SCHEDULING[first & 0x03] ?? 'normal',
      seeEgress: (second & 0x80) !== 0,
      rawIcmp: (second & 0x40) !== 0,
      ...(second & 0x20 ? { signsReceipts: true } : {}),
    }
  },
  write: (view, at, value) => {
    view.setUint8(
      at,
      (value.engine === 'linux' ? 0x80 : 0) |
        (value.setTos ? 0x40 : 0) |
        (value.seeTos ? 0x20 : 0) |
        (value.seeTtl ? 0x10 : 0) |
        (value.receiveStamp === 'kernel' ? 0x08 : 0) |
        (value.transmitStamp === 'kernel' ? 0x04 : 0) |
        SCHEDULING.indexOf(value.scheduling),
    )
    view.setUint8(
      at + 1,
      (value.seeEgress ? 0x80 : 0) |
        (value.rawIcmp ? 0x40 : 0) |
        (value.signsReceipts === true ? 0x20 : 0),
    )
  },
}
