import { CODECS, RTP_HEADER } from '../../shared/wire/rtp.ts'

type Codec = keyof typeof CODECS

const UDP_HEADER = 8
const IP_HEADERS = { 4: 20, 6: 40 } as const
/** Untagged Ethernet: header 14 and FCS 4; preamble and gap are not counted. */
export const ETHERNET_OCTETS = 18
const PACKETS_PER_SECOND = 50

/** What calls take of a link, one way, kbit/s: as IP packets, and with their Ethernet frames. */
export interface LinkRate {
  readonly ipKbit: number
  readonly ethernetKbit: number
}

/** @param address literal; IPv6 headers are 20 octets longer */
export function linkRate(calls: number, codec: Codec, address: string): LinkRate {
  const ip = IP_HEADERS[address.includes(':') ? 6 : 4]
  const octets = CODECS[codec].payloadBytes + RTP_HEADER + UDP_HEADER + ip
  const kbit = (bytes: number) => (calls * bytes * PACKETS_PER_SECOND * 8) / 1000
  return { ipKbit: kbit(octets), ethernetKbit: kbit(octets + ETHERNET_OCTETS) }
}

/** `800 kbit/s`, `1.60 Mbit/s` */
export function rateText(kbit: number): string {
  return kbit < 1000 ? `${Math.round(kbit)} kbit/s` : `${(kbit / 1000).toFixed(2)} Mbit/s`
}
