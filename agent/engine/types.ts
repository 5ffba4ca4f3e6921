import type { Clock } from '../../shared/clock.ts'
import type { PortRange } from '../../shared/profile/ports.ts'

/**
 * The packet engine: the instrument. Two implementations stand behind this one interface, `linux`
 * (koffi, kernel stamps, DSCP and TTL seen and set) and `dgram` (anywhere Node runs), and both pass
 * test/agent/engine/contract.test.ts. An engine runs inside a worker thread; what it drives is a
 * {@link Program}. Nothing here allocates per packet: buffers and the Arrival are reused.
 */
export interface Capabilities {
  readonly engine: 'linux' | 'dgram'
  readonly setTos: boolean
  readonly seeTos: boolean
  readonly seeTtl: boolean
  readonly receiveStamp: 'kernel' | 'user'
  readonly transmitStamp: 'kernel' | 'user'
  readonly scheduling: 'fifo' | 'nice' | 'normal'
  /** Own egress can be watched (AF_PACKET), so that a mark is proven to leave. */
  readonly seeEgress: boolean
  /** Raw ICMP can be read (path tracing). */
  readonly rawIcmp: boolean
}

/** A far end, made by {@link Port.peer} or {@link Port.peerOf}; belongs to the engine that made it. */
export interface Peer {
  readonly address: string
  readonly port: number
  /** The own address that it asked at, and is answered from; left out where the port has only one. */
  readonly local?: string | undefined
}

/** One datagram as it arrived. The same object is handed to every call: copy what you keep. */
export interface Arrival {
  /** The receive arena; this datagram is `length` bytes at `offset`. */
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly offset: number
  readonly length: number
  /** Larger than the arena slot: `length` bytes are what was kept. */
  readonly truncated: boolean
  /** Wall time of arrival, nanoseconds since the clock's base; kernel stamp where it has one. */
  readonly stampNs: number
  /** TOS byte / traffic class as received; -1 where it cannot be seen. */
  readonly tos: number
  /** TTL / hop limit as received; -1 where it cannot be seen. */
  readonly ttl: number
}

export interface PortOptions {
  readonly address: string
  /** 0 lets the kernel choose. */
  readonly port: number
  /** Ports that the kernel's choice must not be; left out: none. */
  readonly avoid?: readonly PortRange[]
  /** TOS byte of every datagram sent, the first included. Ignored where setTos is false. */
  readonly tos: number
  readonly ttl?: number
  /** Sets "do not fragment" and ignores what the kernel believes of the path's MTU. Linux only. */
  readonly dontFragment?: boolean
  /**
   * Reports returned ICMP errors to {@link Program.onReturned} (IP_RECVERR; needs no privilege). A
   * pending error makes a send fail and be repeated, so never on a port that carries a call.
   */
  readonly returned?: boolean
  /** Largest datagram kept whole, bytes. */
  readonly maxDatagram: number
  /** Datagrams per system call, and the number of staging slots. */
  readonly batch: number
}

/** One UDP socket. */
export interface Port {
  readonly local: {
    readonly address: string
    readonly port: number
    readonly family: 4 | 6
  }
  /** Literal addresses only; throws a Fault on anything else. */
  peer(address: string, port: number, local?: string): Peer
  peerOf(arrival: Arrival): Peer
  isFrom(arrival: Arrival, peer: Peer): boolean
  /**
   * Takes the next staging slot for a datagram of `length` bytes and returns the offset in
   * {@link outgoing} at which to write it; -1 when all slots are taken (flush, then stage again).
   * `tag` (0 .. 2^32-1) comes back with the transmit stamp.
   */
  stage(peer: Peer, length: number, tag: number): number
  readonly outgoing: Uint8Array
  readonly outgoingView: DataView
  /**
   * Changes the TOS byte of everything flushed from now on (one system call; flush what is staged
   * first). Absent where setTos is false. A reflector answers sessions of several marks on one port.
   */
  setTos?(tos: number): void
  /**
   * Changes the TTL (hop limit) of everything flushed from now on; flush what is staged first.
   * Absent where the engine cannot trace paths.
   */
  setTtl?(ttl: number): void
  /**
   * Sends what is staged, in order; returns how many datagrams the kernel took. The rest were not
   * sent (never count them as lost); each of those gets onNotSent.
   */
  flush(): number
  /** Reads everything that waits now, without blocking (the loop does so by itself). */
  drain(): void
  close(): void
}

/** A raw socket that hears every ICMP error of its family that reaches this host. */
export interface IcmpPort {
  readonly family: 4 | 6
  /** Sender of the message at hand; valid inside onIcmp. */
  senderOf(arrival: Arrival): string
  close(): void
}

/** An ICMP error that came back for a datagram of one port (sock_extended_err). The object is new. */
export interface Returned {
  /** The router or host that sent it. */
  readonly from: string
  readonly type: number
  readonly code: number
  /** Next-hop MTU of "too big" messages, else 0. */
  readonly info: number
  /** Wall time of its arrival, nanoseconds since the clock's base. */
  readonly stampNs: number
  /** The UDP payload that it quotes, as far as it was quoted (a copy). */
  readonly payload: Uint8Array
}

/** What runs on an engine. Every method is called in the worker's own thread and must not block. */
export interface Program {
  onArrival(port: Port, arrival: Arrival): void
  /**
   * The datagram staged with `tag` left at this wall instant. Called once for each datagram that
   * was sent, after flush: with the kernel's stamp, or with the time of the send call where the
   * kernel's did not come (counted in stampsMissing).
   */
  onDeparture(port: Port, tag: number, stampNs: number): void
  onNotSent(port: Port, tag: number): void
  /**
   * An ICMP message on a port of {@link Engine.openIcmp}: for IPv4 the bytes begin with the IP header
   * (RFC 791), for IPv6 with the ICMPv6 header (RFC 3542 section 3).
   */
  onIcmp?(port: IcmpPort, arrival: Arrival): void
  /** A returned error on a port that was opened with `returned`. */
  onReturned?(port: Port, error: Returned): void
  /** Monotonic instant at which onDue wants to be called; Infinity for never. */
  nextDue(): number
  /** Called at or after nextDue, as soon as the engine can. */
  onDue(nowNs: number): void
  /** A message from the owner of the worker. */
  onCommand(message: unknown): void
}

/** What the instrument did wrong itself since the last report. */
export interface InstrumentReport {
  /** Datagrams that the kernel dropped at our sockets (SO_RXQ_OVFL); -1 where unknown. */
  readonly receiveOverflows: number
  /** Host-wide UDP drops (/proc/net/snmp RcvbufErrors + SndbufErrors); -1 where unknown. */
  readonly hostDrops: number
  /** Times the loop came more than 20 ms late. */
  readonly stalls: number
  readonly worstStallNs: number
  /** Steps of wall against monotonic time above 1 ms, summed with their sign, and their number. */
  readonly wallSteps: number
  readonly wallStepNs: number
  /** Transmit stamps that never came back from the kernel. */
  readonly stampsMissing: number
  /** True when the engine left real-time scheduling because it used too much of the core. */
  readonly leftRealTime: boolean
}

/** What the kernel says of its own clock (adjtimex). */
export interface HostClockState {
  readonly synchronised: boolean
  /** Maximum error in nanoseconds (adjtimex maxerror); null where unknown or unsynchronised. */
  readonly maxErrorNs: number | null
  readonly source: 'adjtimex' | 'none'
}

/** A watch on own departing datagrams of one port to one peer. Open it briefly: it costs the host. */
export interface EgressWatch {
  /** TOS byte of the newest datagram seen leaving since the last call; null when none was seen. */
  takeTos(): number | null
  close(): void
}

export interface EngineOptions {
  /** `best` (the default) tries real time, then a high nice value; `normal` leaves the thread alone. */
  readonly scheduling?: 'best' | 'normal'
  /** Shared memory: a value other than 0 at index 0 ends run(), within 100 ms. */
  readonly stopFlag?: Int32Array
}

export interface Engine extends Clock {
  readonly capabilities: Capabilities
  openPort(options: PortOptions): Port
  /** `prompt` wakes for every arrival; `at-due` reads arrivals when the next send is due (fewer
   * wake-ups; only where the kernel stamps arrivals, so that nothing is lost by reading late). */
  setReceive(mode: 'prompt' | 'at-due'): void
  /** Watches what leaves `port` for `peer`, to prove the mark; null where seeEgress is false. */
  watchEgress(port: Port, peer: Peer): EgressWatch | null
  /**
   * Hears ICMP errors (time exceeded, unreachable, too big) of one family, kernel-stamped; null where
   * rawIcmp is false. Closed with the engine.
   */
  openIcmp(family: 4 | 6): IcmpPort | null
  /** Wall minus monotonic, nanoseconds; read once per loop turn, steps are counted. */
  wallOffsetNs(): number
  hostClock(): HostClockState
  takeReport(): InstrumentReport
  /** Sends a message to the owner of the worker. */
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void
  /**
   * Runs until {@link stop}, then closes every port. The linux engine blocks the worker's thread, so await it last.
   */
  run(program: Program): Promise<void>
  stop(): void
}
