import type { RequirementOf } from '../../../shared/profile/schema.ts'
import {
  type DhcpMethod,
  type DhcpOption,
  type DhcpReply,
  OPTION_OCTETS,
} from '../../../shared/record/dhcp.ts'
import { DHCP, type DhcpMessage, decodeDhcp, encodeDhcp } from '../../../shared/wire/dhcp.ts'
import type { HostInterface } from '../../io/dhcp.ts'

/** What this probe sends, and how an answer to it is told from anything else. */
export interface Asked {
  readonly method: DhcpMethod
  readonly to: string
  readonly xid: number
  readonly bytes: Uint8Array
  readonly sentMs: number
}

/** Options that other probes and lines look at, beside those the lines themselves name. */
const USUAL = [6, 15, 66, 67, 119, 132, 160]
/** What phones ask for besides: mask, router, time servers, vendor's own, TFTP addresses. */
const ALSO_ASKED = [1, 3, 42, 43, 120, 150]
const ETHERNET_MTU = 1472

/** Option codes of the lines and those every phone needs, each once. */
export function wantedOptions(lines: readonly RequirementOf<'dhcp-option'>[]): readonly number[] {
  return [...new Set([...USUAL, ...lines.map(({ option }) => option)])].slice(0, 24)
}

/**
 * INFORM from the interface's address (RFC 2131 section 3.4), or a DISCOVER that no REQUEST will ever
 * follow; with the phones' class where it is known (option 60).
 */
export function question(
  method: DhcpMethod,
  from: HostInterface,
  xid: number,
  wanted: readonly number[],
  vendorClass: string | null,
): Uint8Array {
  const list = [...new Set([...ALSO_ASKED, ...wanted])].sort((a, b) => a - b)
  const discover = method === 'discover'
  return encodeDhcp({
    ...{ op: 'request', xid, secs: 0, chaddr: from.mac, sname: '', file: '' },
    // Without an address of its own making an offer can only be heard as a broadcast.
    broadcast: discover,
    ciaddr: discover ? NO_ADDRESS : from.address,
    ...{ yiaddr: NO_ADDRESS, siaddr: NO_ADDRESS, giaddr: NO_ADDRESS },
    options: new Map([
      [DHCP.messageType, Uint8Array.of(discover ? DHCP.discover : DHCP.inform)],
      [DHCP.maxSize, Uint8Array.of(ETHERNET_MTU >> 8, ETHERNET_MTU & 0xff)],
      ...(vendorClass === null
        ? []
        : [[DHCP.vendorClass, new TextEncoder().encode(vendorClass)] as const]),
      [DHCP.parameterList, Uint8Array.from(list)],
    ]),
  })
}

const NO_ADDRESS = '0.0.0.0'

/**
 * An answer to one of `asked`, or why it is none: `ignored` is somebody else's, `malformed` carries
 * our transaction and cannot be read.
 */
export function readReply(
  bytes: Uint8Array,
  source: string,
  asked: readonly Asked[],
  wanted: readonly number[],
  heardMs: number,
): DhcpReply | 'ignored' | 'malformed' {
  const question = asked.find(({ xid }) => xid === transactionOf(bytes))
  if (question === undefined) return 'ignored'
  const read = decodeDhcp(bytes)
  if (!read.ok) return 'malformed'
  const message = read.value
  const type = message.options.get(DHCP.messageType)
  const offer = question.method === 'discover'
  const right = type?.length === 1 && type[0] === (offer ? DHCP.offer : DHCP.ack)
  if (message.op !== 'reply' || !right || !sameHardware(message, question)) return 'ignored'
  const identity = message.options.get(DHCP.serverId)
  return {
    server: identity?.length === 4 ? identity.join('.') : source,
    source,
    method: question.method,
    type: offer ? 'offer' : 'ack',
    offered: offer ? message.yiaddr : null,
    options: keptOptions(message, wanted),
    codes: [...message.options.keys()].sort((a, b) => a - b).slice(0, 64),
    serverName: message.sname,
    bootFile: message.file,
    ms: Math.max(0, heardMs - question.sentMs),
  }
}

function transactionOf(bytes: Uint8Array): number | null {
  if (bytes.length < 8) return null
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(4)
}

/** The hardware address of the question must come back: 16 octets at 28. */
function sameHardware(message: DhcpMessage, { bytes }: Asked): boolean {
  return message.chaddr.every((octet, i) => octet === bytes[28 + i]) && message.chaddr.length === 6
}

function keptOptions(message: DhcpMessage, wanted: readonly number[]): DhcpOption[] {
  return wanted.flatMap((code) => {
    const octets = message.options.get(code)
    if (octets === undefined) return []
    const kept = octets.subarray(0, OPTION_OCTETS)
    const hex = Array.from(kept, (octet) => octet.toString(16).padStart(2, '0')).join('')
    return [{ code, hex, cut: octets.length - kept.length }]
  })
}
