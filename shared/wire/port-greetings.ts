/**
 * What to say to a real server over UDP so that its own protocol answers, where no responder stands:
 * the smallest question of each protocol, and what alone counts as an answer to it.
 */
export interface Greeting {
  readonly question: Uint8Array
  readonly accept: (answer: Uint8Array) => 'proven' | 'more' | { readonly wrong: string }
}

const SIP_PORTS: readonly number[] = [5060, 8060, 8061, 8088, 8089]
/** Syslog (RFC 5424) and SNMP traps (RFC 3416 section 4.2.6) are never answered. */
const ONE_WAY_PORTS: readonly number[] = [514, 162]

/**
 * @param nonce sixteen random octets, hexadecimal: the answer must carry it or a part of it
 * @returns `one-way` where the protocol has no answers, null where no protocol is known here
 */
export function greetingFor(port: number, nonce: string): Greeting | 'one-way' | null {
  if (ONE_WAY_PORTS.includes(port)) return 'one-way'
  if (SIP_PORTS.includes(port)) return sipOptions(nonce)
  if (port === 123) return ntpClient(nonce)
  if (port === 161) return snmpGet(nonce)
  return port === 53 ? dnsQuery(nonce) : null
}

const WRONG = { wrong: 'an answer that is not to our question' }

/** OPTIONS (RFC 3261 section 11); any final response proves arrival, a refusal too. */
function sipOptions(nonce: string): Greeting {
  const host = 'voip-ready.invalid'
  const lines = [
    `OPTIONS sip:${host} SIP/2.0`,
    `Via: SIP/2.0/UDP ${host};branch=z9hG4bK${nonce};rport`,
    'Max-Forwards: 1',
    `From: <sip:probe@${host}>;tag=${nonce.slice(0, 8)}`,
    `To: <sip:${host}>`,
    `Call-ID: ${nonce}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '',
    '',
  ]
  return {
    question: octetsOf(lines.join('\r\n')),
    accept: (answer) => {
      const text = String.fromCharCode(...answer.subarray(0, 1500))
      const status = /^SIP\/2\.0 ([1-6])\d\d /.exec(text)?.[1]
      const callId = /^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)[ \t]*\r?$/im.exec(text)?.[1]
      if (status === undefined || callId !== nonce) return WRONG
      return status === '1' ? 'more' : 'proven'
    },
  }
}

/** A client's request (RFC 5905 section 7.3); the answer repeats our transmit time as its origin. */
function ntpClient(nonce: string): Greeting {
  const question = new Uint8Array(48)
  question[0] = 0x23
  question.set(octetsOfHex(nonce.slice(0, 16)), 40)
  return {
    question,
    accept: (answer) => {
      const mode = (answer[0] ?? 0) & 7
      const same = question.subarray(40).every((octet, i) => answer[24 + i] === octet)
      return answer.length >= 48 && mode === 4 && same ? 'proven' : WRONG
    },
  }
}

/** GetRequest of sysUpTime.0, community `public` (RFC 3416); servers may be silent to strangers. */
function snmpGet(nonce: string): Greeting {
  const id = octetsOfHex(nonce.slice(0, 8))
  id[0] = (id[0]! & 0x3f) | 0x40
  const varbind = tlv(0x30, tlv(0x06, [0x2b, 6, 1, 2, 1, 1, 3, 0]), tlv(0x05, []))
  const pdu = tlv(0xa0, tlv(2, [...id]), tlv(2, [0]), tlv(2, [0]), tlv(0x30, varbind))
  const question = new Uint8Array(tlv(0x30, tlv(2, [1]), tlv(4, [...octetsOf('public')]), pdu))
  // In the answer the version and community are repeated, then follow PDU tag, length and request id.
  const at = 2 + 3 + 8
  return {
    question,
    accept: (answer) => {
      const shortLengths = answer[0] === 0x30 && (answer[1] ?? 0xff) < 0x80
      const body = at + 2
      const same =
        answer[at] === 0xa2 &&
        answer[body] === 2 &&
        answer[body + 1] === 4 &&
        id.every((octet, i) => answer[body + 2 + i] === octet)
      return shortLengths && same ? 'proven' : WRONG
    },
  }
}

/** A query for the root's name servers (RFC 1035 section 4.1); any response with our id. */
function dnsQuery(nonce: string): Greeting {
  const id = octetsOfHex(nonce.slice(0, 4))
  const question = new Uint8Array([...id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1])
  return {
    question,
    accept: (answer) => {
      const isResponse = answer.length >= 12 && ((answer[2] ?? 0) & 0x80) !== 0
      return isResponse && answer[0] === id[0] && answer[1] === id[1] ? 'proven' : WRONG
    },
  }
}

/** Tag, length below 128, and content. */
function tlv(tag: number, ...parts: readonly (readonly number[])[]): number[] {
  const content = parts.flat()
  return [tag, content.length, ...content]
}

function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0x7f)
}

function octetsOfHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  )
}
