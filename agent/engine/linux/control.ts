import {
  CMSG_DATA,
  CMSG_HEADER_BYTES,
  CMSG_LEVEL,
  CMSG_TYPE,
  EE_DATA,
  EE_INFO,
  EE_OFFENDER,
  EE_ORIGIN_ICMP,
  EE_ORIGIN_ICMP6,
  EE_ORIGIN_TIMESTAMPING,
  EE_ORIGIN_WORD,
  IP_PKTINFO,
  IP_RECVERR,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  IPV6_RECVERR,
  IPV6_TCLASS,
  SO_RXQ_OVFL,
  SO_TIMESTAMPING,
  SOL_SOCKET,
} from './layouts.ts'

/**
 * What the kernel attached to one message, in one reused object.
 *
 *   SOL_SOCKET / 37 SCM_TIMESTAMPING   three timespecs, the software stamp first
 *   SOL_SOCKET / 40 SO_RXQ_OVFL        u32, datagrams dropped at this socket so far
 *   IP 0 / 1 IP_TOS                    u8            IPv6 41 / 67 IPV6_TCLASS    int
 *   IP 0 / 2 IP_TTL                    int           IPv6 41 / 52 IPV6_HOPLIMIT  int
 *   IP 0 / 8 IP_PKTINFO            in_pktinfo    IPv6 41 / 50 IPV6_PKTINFO   in6_pktinfo
 *   IP 0 / 11, IPv6 41 / 25 RECVERR    sock_extended_err: on the error queue, whose departure it is
 */
export class ControlReader {
  /** NaN where the kernel gave no stamp. */
  stampNs = Number.NaN
  tos = -1
  ttl = -1
  /** Word where the address begins that the datagram was sent to; -1 where it was not asked for. */
  localAt = -1
  /** Cumulative drop counter; it appears only once something was dropped. */
  drops = 0
  /** Id of the departed datagram (OPT_ID); -1 when this is not a transmit stamp. */
  departedId = -1
  /** Words of an ICMP error's type and code, its info, and where its offender's address begins; -1: none. */
  errorWord = -1
  errorInfo = 0
  offenderAt = -1
  readonly #baseSeconds: number

  constructor(baseSeconds: number) {
    this.#baseSeconds = baseSeconds
  }

  /** Reads `length` bytes of control data that start at word `at`. Stops at a malformed length. */
  read(words: Uint32Array, at: number, length: number): void {
    this.stampNs = Number.NaN
    this.tos = -1
    this.ttl = -1
    this.localAt = -1
    this.departedId = -1
    this.errorWord = -1
    const end = at + (length >>> 2)
    let head = at
    while (head + CMSG_DATA <= end) {
      const bytes = words[head] ?? 0
      if (bytes < CMSG_HEADER_BYTES) return
      this.#take(words, head)
      head += ((bytes + 7) >>> 3) << 1
    }
  }

  #take(words: Uint32Array, head: number): void {
    const type = words[head + CMSG_TYPE] ?? 0
    const data = head + CMSG_DATA
    switch (words[head + CMSG_LEVEL]) {
      case SOL_SOCKET:
        if (type === SO_TIMESTAMPING) this.#stamp(words, data)
        else if (type === SO_RXQ_OVFL) this.drops = words[data] ?? 0
        return
      case IPPROTO_IP:
        // Behind the interface's index stands the address to answer from.
        if (type === IP_PKTINFO) this.localAt = data + 1
        else this.#header(words, data, type, IP_TOS, IP_TTL, IP_RECVERR)
        return
      case IPPROTO_IPV6:
        if (type === IPV6_PKTINFO) this.localAt = data
        else this.#header(words, data, type, IPV6_TCLASS, IPV6_HOPLIMIT, IPV6_RECVERR)
    }
  }

  #header(
    words: Uint32Array,
    data: number,
    type: number,
    tosType: number,
    ttlType: number,
    errorType: number,
  ): void {
    if (type === tosType) this.tos = (words[data] ?? 0) & 0xff
    else if (type === ttlType) this.ttl = words[data] ?? -1
    else if (type === errorType) this.#departed(words, data)
  }

  #stamp(words: Uint32Array, data: number): void {
    const seconds = words[data] ?? 0
    if (seconds === 0) return
    this.stampNs = (seconds - this.#baseSeconds) * 1e9 + (words[data + 2] ?? 0)
  }

  #departed(words: Uint32Array, data: number): void {
    const word = words[data + EE_ORIGIN_WORD] ?? 0
    const origin = word & 0xff
    if (origin === EE_ORIGIN_TIMESTAMPING) this.departedId = words[data + EE_DATA] ?? -1
    if (origin !== EE_ORIGIN_ICMP && origin !== EE_ORIGIN_ICMP6) return
    this.errorWord = word
    this.errorInfo = words[data + EE_INFO] ?? 0
    this.offenderAt = data + EE_OFFENDER
  }
}
