/**
 * The Linux ABI as numbers: structure sizes, word offsets (32-bit words unless "bytes" is said) and
 * constants. Identical on x86-64 and arm64 with glibc; musl agrees as long as its padding is zero,
 * which is why arenas start zeroed. Both are little endian; nothing here works on another order.
 */

/** struct mmsghdr: a msghdr of 56 bytes and msg_len; 64 bytes. */
export const MMSGHDR_BYTES = 64
export const MMSGHDR_WORDS = 16
export const MSG_NAME = 0
export const MSG_NAMELEN = 2
export const MSG_IOV = 4
export const MSG_IOVLEN = 6
export const MSG_CONTROL = 8
export const MSG_CONTROLLEN = 10
export const MSG_FLAGS = 12
export const MSG_LEN = 14

/** struct iovec: base, length; 16 bytes. */
export const IOVEC_BYTES = 16
export const IOVEC_WORDS = 4
export const IOV_LEN = 2

/** struct cmsghdr: len u64, level i32, type i32, data; the next one starts 8-aligned. */
export const CMSG_LEVEL = 2
export const CMSG_TYPE = 3
export const CMSG_DATA = 4
export const CMSG_HEADER_BYTES = 16

/** struct pollfd: fd i32, events u16, revents u16. */
export const POLLFD_BYTES = 8
export const POLLIN = 0x1
export const POLLERR = 0x8
export const POLLHUP = 0x10
export const POLLNVAL = 0x20

/** struct sock_extended_err, words inside the control data: code bytes, info, data (the OPT_ID). */
export const EE_ORIGIN_WORD = 1
export const EE_DATA = 3
export const EE_ORIGIN_TIMESTAMPING = 4
export const EE_ORIGIN_ICMP = 2
export const EE_ORIGIN_ICMP6 = 3
export const EE_INFO = 2
/** The offender's socket address follows the structure. */
export const EE_OFFENDER = 4

/** Room for a sockaddr_in (16) or sockaddr_in6 (28). */
export const SOCKADDR_BYTES = 32
export const SOCKADDR_IN_BYTES = 16
export const SOCKADDR_IN6_BYTES = 28

export const AF_INET = 2
export const AF_INET6 = 10
export const AF_PACKET = 17
export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOCK_CLOEXEC = 0o2000000
export const SOCK_NONBLOCK = 0o4000

export const SOL_SOCKET = 1
export const SO_ERROR = 4
export const SO_SNDBUF = 7
export const SO_RCVBUF = 8
export const SO_ATTACH_FILTER = 26
export const SO_SNDBUFFORCE = 32
export const SO_RCVBUFFORCE = 33
export const SO_TIMESTAMPING = 37
export const SO_RXQ_OVFL = 40
export const SO_MEMINFO = 55
/** Index of the drop counter in what SO_MEMINFO returns. */
export const SK_MEMINFO_DROPS = 8

export const IPPROTO_IP = 0
export const IP_TOS = 1
export const IP_TTL = 2
export const IP_PKTINFO = 8
export const IP_MTU_DISCOVER = 10
/** Sets "do not fragment", and never believes a path MTU that was learned. */
export const PMTUDISC_PROBE = 3
export const IP_RECVERR = 11
export const IP_RECVTTL = 12
export const IP_RECVTOS = 13

export const IPPROTO_IPV6 = 41
export const IPV6_UNICAST_HOPS = 16
export const IPV6_MTU_DISCOVER = 23
export const IPV6_RECVERR = 25
export const IPV6_V6ONLY = 26
export const IPV6_RECVPKTINFO = 49
export const IPV6_PKTINFO = 50
export const IPV6_RECVHOPLIMIT = 51
export const IPV6_HOPLIMIT = 52
export const IPV6_RECVTCLASS = 66
export const IPV6_TCLASS = 67

export const IPPROTO_ICMP = 1
export const IPPROTO_ICMPV6 = 58
/** Level and name of the filter of raw ICMP sockets: a bit set means "not this type". */
export const SOL_RAW = 255
export const ICMP_FILTER = 1
/** The ICMPv6 filter is 256 bits, same sense. */
export const ICMP6_FILTER = 1

export const MSG_TRUNC = 0x20
export const MSG_DONTWAIT = 0x40
export const MSG_ERRQUEUE = 0x2000

/** TX_SOFTWARE 2 | RX_SOFTWARE 8 | SOFTWARE 16 | OPT_ID 128 | OPT_CMSG 1024 | OPT_TSONLY 2048. */
export const STAMPING_FLAGS = 3226

export const CLOCK_REALTIME = 0
export const CLOCK_MONOTONIC = 1
export const CLOCK_THREAD_CPUTIME_ID = 3

export const PR_SET_TIMERSLACK = 29
export const SCHED_OTHER = 0
export const SCHED_FIFO = 1
/** Threads that this one starts do not inherit the policy. */
export const SCHED_RESET_ON_FORK = 0x40000000
export const PRIO_PROCESS = 0

/** struct timex, bytes: maxerror i64 (microseconds), status i32. */
export const TIMEX_BYTES = 208
export const TIMEX_MAXERROR = 24
export const TIMEX_STATUS = 40
export const STA_UNSYNC = 0x40
/** adjtimex returns this when the clock is not synchronised. */
export const TIME_ERROR = 5
