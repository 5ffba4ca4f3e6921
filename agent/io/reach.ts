import type { IcmpCause } from './error-queue.ts'

/** What came of dialling one port. */
export interface Reach {
  /** `silent` is UDP's word for no answer; `not-tried`: this host itself was the obstacle. */
  readonly state:
    | 'open'
    | 'refused'
    | 'filtered'
    | 'unreachable'
    | 'intercepted'
    | 'silent'
    | 'not-tried'
  /** From the first packet to what decided. */
  readonly ms: number
  /** Words for a person; empty where the state says it all. */
  readonly cause: string
  /** Code of the ICMP unreachable that decided; null where there was none. */
  readonly icmpCode: number | null
}

/** What is said over a port, and how an answer is judged. */
export interface Exchange {
  readonly question: Uint8Array
  /** `more`: not enough octets yet. Any other text than these two is why it proves nothing. */
  readonly accept: (answer: Uint8Array) => 'proven' | 'more' | { readonly wrong: string }
}

export interface DialTarget {
  readonly address: string
  readonly port: number
  readonly local?: string
}

/** How the words begin of a connection that was closed before anything was said on it. */
export const HUNG_UP = 'handshake, then'

/** True of what one lost packet, or a far end too busy to look, shows as well: it is tried again. */
export function mayBeChance({ state, cause }: Reach): boolean {
  return state === 'filtered' || (state === 'intercepted' && cause.startsWith(HUNG_UP))
}

export function reachOf(
  state: Reach['state'],
  ms: number,
  cause = '',
  icmpCode: number | null = null,
): Reach {
  return { state, ms: Math.round(ms * 10) / 10, cause, icmpCode }
}

/** `icmp 3/13 (administratively prohibited: a filter) from 10.0.0.1`. */
export function icmpText({ version, type, code, from }: IcmpCause): string {
  const words = version === 4 ? V4_CODES[code] : V6_CODES[code]
  const name = version === 4 ? 'icmp' : 'icmpv6'
  return `${name} ${type}/${code}${words === undefined ? '' : ` (${words})`} from ${from}`
}

/** RFC 792 and RFC 1812 section 5.2.7.1, codes of type 3. */
const V4_CODES: { readonly [code: number]: string } = {
  0: 'network unreachable',
  1: 'host unreachable',
  2: 'protocol unreachable',
  3: 'port unreachable',
  9: 'network prohibited: a filter',
  10: 'host prohibited: a filter',
  13: 'administratively prohibited: a filter',
}
/** RFC 4443 section 3.1, codes of type 1. */
const V6_CODES: { readonly [code: number]: string } = {
  0: 'no route',
  1: 'administratively prohibited: a filter',
  3: 'address unreachable',
  4: 'port unreachable',
  5: 'source address refused: a filter',
  6: 'route rejected: a filter',
}

export function isPortUnreachable({ version, code }: IcmpCause): boolean {
  return code === (version === 4 ? 3 : 4)
}
