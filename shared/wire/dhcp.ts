import type { Refusal } from '../errors.ts'
import { ok, type Result, refuse } from '../result.ts'

/**
 * DHCP, RFC 2131 section 2 and RFC 2132; long options by RFC 3396.
 *
 *  0         1          2         3
 *  op u8  | htype u8 | hlen u8 | hops u8
 *  4  xid u32                    client's choice, returned
 *  8  secs u16 | flags u16       bit 15: answer by broadcast
 *  12 ciaddr   16 yiaddr   20 siaddr   24 giaddr          addresses, 4 octets each
 *  28 chaddr, 16 octets, the first hlen are the address
 *  44 sname, 64 octets, text or options   108 file, 128 octets, text or options
 *  236 magic 63 82 53 63   240 options: code u8, length u8, octets; 0 pads, 255 ends
 */
export interface DhcpMessage {
  readonly op: 'request' | 'reply'
  readonly xid: number
  readonly secs: number
  readonly broadcast: boolean
  readonly ciaddr: string
  readonly yiaddr: string
  readonly siaddr: string
  readonly giaddr: string
  /** Hardware address, at most 16 octets. */
  readonly chaddr: Uint8Array
  /** Text of the header fields; empty where they hold options (overload) or nothing. */
  readonly sname: string
  readonly file: string
  /** Code to its octets; what came in several parts is joined in order. */
  readonly options: ReadonlyMap<number, Uint8Array>
}

export const DHCP = {
  serverPort: 67,
  clientPort: 68,
  messageType: 53,
  serverId: 54,
  parameterList: 55,
  maxSize: 57,
  vendorClass: 60,
  discover: 1,
  offer: 2,
  ack: 5,
  inform: 8,
} as const

const CHADDR = 28
const SNAME = 44
const FILE = 108
const MAGIC = 236
const OPTIONS = 240
const COOKIE = 0x63825363
const OVERLOAD = 52
const PAD = 0
const END = 255
/** Below this some relays and servers drop a message (BOOTP's fixed size, RFC 1542). */
const LEAST_BYTES = 300
const ETHERNET = 1

/**
 * Writes a message. Options longer than 255 octets are split (RFC 3396); the order is the map's.
 * Codes 0, 52 and 255 cannot be given: they are the frame's own.
 */
export function encodeDhcp(message: DhcpMessage): Uint8Array {
  const options: number[] = []
  for (const [code, octets] of message.options) {
    if (code === PAD || code === END || code === OVERLOAD) throw new RangeError(`option ${code}`)
    let at = 0
    do {
      const part = octets.subarray(at, at + 255)
      options.push(code, part.length, ...part)
      at += 255
    } while (at < octets.length)
  }
  const bytes = new Uint8Array(Math.max(LEAST_BYTES, OPTIONS + options.length + 1))
  const view = new DataView(bytes.buffer)
  bytes.set([message.op === 'request' ? 1 : 2, ETHERNET, message.chaddr.length, 0])
  view.setUint32(4, message.xid)
  view.setUint16(8, message.secs)
  view.setUint16(10, message.broadcast ? 0x8000 : 0)
  const { ciaddr, yiaddr, siaddr, giaddr } = message
  for (const [i, address] of [ciaddr, yiaddr, siaddr, giaddr].entries())
    bytes.set(address.split('.').map(Number), 12 + 4 * i)
  bytes.set(message.chaddr.subarray(0, 16), CHADDR)
  writeText(bytes, SNAME, 64, message.sname)
  writeText(bytes, FILE, 128, message.file)
  view.setUint32(MAGIC, COOKIE)
  bytes.set(options, OPTIONS)
  bytes[OPTIONS + options.length] = END
  return bytes
}

/**
 * Reads a message. Refuses what is shorter than its fixed part or ends inside an option or before the
 * closing 255 (`truncated`), another op or cookie (`bad-type`), and lengths that cannot be
 * (`bad-value`).
 */
export function decodeDhcp(bytes: Uint8Array): Result<DhcpMessage, Refusal> {
  if (bytes.length < OPTIONS) return refuse({ code: 'truncated', offset: bytes.length })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const op = bytes[0]
  if (op !== 1 && op !== 2) return refuse({ code: 'bad-type', offset: 0 })
  const hlen = bytes[2] ?? 0
  if (hlen > 16) return refuse({ code: 'bad-value', offset: 2 })
  if (view.getUint32(MAGIC) !== COOKIE) return refuse({ code: 'bad-type', offset: MAGIC })
  const read = readOptions(bytes)
  if (!read.ok) return read
  const { options, overload } = read.value
  const address = (at: number) => bytes.subarray(at, at + 4).join('.')
  return ok({
    op: op === 1 ? 'request' : 'reply',
    xid: view.getUint32(4),
    secs: view.getUint16(8),
    broadcast: (view.getUint16(10) & 0x8000) !== 0,
    ciaddr: address(12),
    yiaddr: address(16),
    siaddr: address(20),
    giaddr: address(24),
    chaddr: bytes.slice(CHADDR, CHADDR + hlen),
    sname: (overload & 2) !== 0 ? '' : readText(bytes, SNAME, 64),
    file: (overload & 1) !== 0 ? '' : readText(bytes, FILE, 128),
    options,
  })
}

interface ReadOptions {
  readonly options: Map<number, Uint8Array>
  readonly overload: number
}

/** The options field, then `file`, then `sname` where option 52 says that they go on there. */
function readOptions(bytes: Uint8Array): Result<ReadOptions, Refusal> {
  const options = new Map<number, Uint8Array>()
  const first = readField(bytes, OPTIONS, bytes.length, options)
  if (!first.ok) return first
  const said = options.get(OVERLOAD)
  const overload = said?.[0] ?? 0
  if (said !== undefined && (said.length !== 1 || overload < 1 || overload > 3))
    return refuse({ code: 'bad-value', offset: OPTIONS })
  options.delete(OVERLOAD)
  const fields = [
    ...((overload & 1) !== 0 ? [[FILE, FILE + 128] as const] : []),
    ...((overload & 2) !== 0 ? [[SNAME, SNAME + 64] as const] : []),
  ]
  for (const [from, to] of fields) {
    const more = readField(bytes, from, to, options)
    if (!more.ok) return more
  }
  // Said twice would be said in the fields themselves, which RFC 2131 section 4.1 does not know.
  return options.has(OVERLOAD)
    ? refuse({ code: 'bad-value', offset: FILE })
    : ok({ options, overload })
}

function readField(
  bytes: Uint8Array,
  from: number,
  to: number,
  into: Map<number, Uint8Array>,
): Result<number, Refusal> {
  for (let at = from; at < to; ) {
    const code = bytes[at]!
    if (code === END) return ok(at)
    if (code === PAD) {
      at++
      continue
    }
    const end = at + 2 + (bytes[at + 1] ?? 0)
    if (at + 1 >= to || end > to) return refuse({ code: 'truncated', offset: to })
    const before = into.get(code) ?? new Uint8Array()
    const joined = new Uint8Array(before.length + end - at - 2)
    joined.set(before)
    joined.set(bytes.subarray(at + 2, end), before.length)
    into.set(code, joined)
    at = end
  }
  return refuse({ code: 'truncated', offset: to })
}

function writeText(bytes: Uint8Array, at: number, room: number, text: string): void {
  for (let i = 0; i < Math.min(room - 1, text.length); i++)
    bytes[at + i] = text.charCodeAt(i) & 0x7f
}

/** Up to the first zero; other than printable octets are shown as question marks. */
function readText(bytes: Uint8Array, at: number, room: number): string {
  let text = ''
  for (let i = at; i < at + room && bytes[i] !== 0; i++) {
    const octet = bytes[i]!
    text += octet < 0x20 || octet > 0x7e ? '?' : String.fromCharCode(octet)
  }
  return text
}
