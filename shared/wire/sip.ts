import type { Refusal } from '../errors.ts'
import { bracketed } from '../host-text.ts'
import { ok, type Result, refuse } from '../result.ts'

/**
 * As much of SIP (RFC 3261) and SDP (RFC 4566) as it takes to send what an application-level gateway
 * wants to rewrite, and to see what it rewrote. Text is taken octet for octet (ISO 8859-1).
 */
export interface SipMessage {
  readonly startLine: string
  /** In their order, with the full names of compact ones (section 7.3.3), lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** No longer than a control datagram: what carries this must never be fragmented. */
export const SIP_MAX = 1232
const MOST_HEADERS = 64

const COMPACT: Readonly<Record<string, string>> = {
  ...{ v: 'via', f: 'from', t: 'to', m: 'contact', i: 'call-id', l: 'content-length' },
  ...{ c: 'content-type', s: 'subject', k: 'supported', e: 'content-encoding' },
}

/** What a gateway may rewrite, in the order in which it is compared; `other` is all the rest. */
export const SIP_FIELDS = [
  ...(['start-line', 'via', 'from', 'to', 'call-id', 'cseq', 'contact'] as const),
  ...(['content-length', 'sdp o=', 'sdp c=', 'sdp m=', 'other'] as const),
] as const
export type SipField = (typeof SIP_FIELDS)[number]

/** Header of ours that carries the access key's proof and the reflector's seal; never compared. */
export const SEAL_HEADER = 'x-voip-ready'

/** Reads a message; refuses what is too long, has no end of its header, or a line without a colon. */
export function decodeSip(bytes: Uint8Array): Result<SipMessage, Refusal> {
  if (bytes.length > SIP_MAX) return refuse({ code: 'oversized', offset: SIP_MAX })
  const text = textOf(bytes)
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return refuse({ code: 'truncated', offset: bytes.length })
  const [startLine = '', ...lines] = text
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  if (!/^(SIP\/2\.0 \d{3}|[A-Z]+ \S+ SIP\/2\.0$)/.test(startLine))
    return refuse({ code: 'bad-version', offset: 0 })
  if (lines.length > MOST_HEADERS) return refuse({ code: 'oversized', offset: end })
  const headers: (readonly [string, string])[] = []
  for (const line of lines) {
    const found = /^([!-9;-~]+)[ \t]*:[ \t]*(.*?)[ \t]*$/.exec(line)
    if (found === null) return refuse({ code: 'bad-value', offset: text.indexOf(line) })
    const name = (found[1] ?? '').toLowerCase()
    headers.push([COMPACT[name] ?? name, found[2] ?? ''])
  }
  return ok({ startLine, headers, body: text.slice(end + 4) })
}

/** Octets until the end of a message in a stream, by its Content-Length; undefined: not all is there. */
export function sipLength(bytes: Uint8Array): number | undefined {
  const text = textOf(bytes)
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const found = /\r\n(?:content-length|l)[ \t]*:[ \t]*(\d{1,5})[ \t]*(?:\r\n|$)/i.exec(
    text.slice(0, end),
  )
  const length = end + 4 + Number(found?.[1] ?? 0)
  return length > bytes.length ? undefined : length
}

/** The value of each compared field; several headers of one name are joined; absent is empty. */
export function sipFields(message: SipMessage): { readonly [F in SipField]: string } {
  const of = (name: string): string =>
    message.headers.flatMap(([key, value]) => (key === name ? [value] : [])).join(', ')
  const sdp = (letter: string): string =>
    message.body
      .split('\r\n')
      .filter((line) => line.startsWith(`${letter}=`))
      .join(', ')
  const known = new Set<string>([...SIP_FIELDS, SEAL_HEADER])
  const rest = message.headers.filter(([name]) => !known.has(name)).map((pair) => pair.join(': '))
  const session = message.body.split('\r\n').filter((line) => !/^[ocm]=/.test(line))
  return {
    'start-line': message.startLine,
    via: of('via'),
    from: of('from'),
    to: of('to'),
    'call-id': of('call-id'),
    cseq: of('cseq'),
    contact: of('contact'),
    'content-length': of('content-length'),
    'sdp o=': sdp('o'),
    'sdp c=': sdp('c'),
    'sdp m=': sdp('m'),
    other: [...rest, ...session].join(', '),
  }
}

export interface Invite {
  readonly transport: 'udp' | 'tcp'
  readonly own: { readonly address: string; readonly port: number }
  readonly farEnd: string
  /** Hexadecimal, of this message alone. */
  readonly nonce: string
  /** Value of the seal header. */
  readonly seal: string
}

/** An INVITE with an offer of G.711, naming its own private address everywhere a phone does. */
export function encodeInvite({ transport, own, farEnd, nonce, seal }: Invite): Uint8Array {
  const host = bracketed(own.address)
  const far = bracketed(farEnd)
  const family = own.address.includes(':') ? 'IP6' : 'IP4'
  const sdp = [
    'v=0',
    `o=- 1 1 IN ${family} ${own.address}`,
    's=-',
    `c=IN ${family} ${own.address}`,
    't=0 0',
    `m=audio ${own.port < 65_534 ? own.port + 2 : 40_000} RTP/AVP 0`,
    'a=rtpmap:0 PCMU/8000',
    '',
  ].join('\r\n')
  const head = [
    `INVITE sip:voip-ready@${far} SIP/2.0`,
    `Via: SIP/2.0/${transport.toUpperCase()} ${host}:${own.port};branch=z9hG4bK${nonce};rport`,
    'Max-Forwards: 70',
    `From: <sip:probe@${host}>;tag=${nonce.slice(0, 8)}`,
    `To: <sip:voip-ready@${far}>`,
    `Call-ID: ${nonce}@${own.address}`,
    'CSeq: 1 INVITE',
    `Contact: <sip:probe@${host}:${own.port}>`,
    `X-Voip-Ready: ${seal}`,
    'Content-Type: application/sdp',
    `Content-Length: ${sdp.length}`,
  ]
  return octetsOf(`${head.join('\r\n')}\r\n\r\n${sdp}`)
}

export function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => String.fromCharCode(octet)).join('')
}

/** Characters above 255 have no place in what this program writes. */
export function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff)
}
