import { controlBytes } from './control.ts'
import { ascii, type Field, hex, layout, u8, u16, u16s } from './fields.ts'
import { addressOctets, addressText } from './ip-text.ts'

/**
 * What agent and responder say about ports, as bodies of the control messages `ports-question` and
 * `ports-answer`. One message speaks of up to 256 ports of one protocol.
 *
 * `hello` asks what listens at an address, and brings the token that `dial` needs: a digest over the
 * asker's own address, so that nobody can have a third party dialled. `arrived` asks which questions
 * of a run came in, `dial` has the responder dial the asker's address, `dialled` asks what came of it.
 * Answers to these three say in the token's place which address the asker was seen at.
 * Every message may be repeated: a repeated `dial` of a run starts nothing new.
 */
export const PORTS_AT_ONCE = 256

export const VERBS = { hello: 1, arrived: 2, dial: 3, dialled: 4 } as const
export type Verb = keyof typeof VERBS

export interface PortsQuestion {
  readonly verb: number
  /** 6 TCP, 17 UDP. */
  readonly proto: number
  readonly count: number
  /** Sixteen octets, hexadecimal; zeros where none is known yet. */
  readonly token: string
  readonly run: string
  /** Where the asker tests: an address of the responder as the asker knows it. */
  readonly address: string
  readonly ports: readonly number[]
}

export interface PortsAnswer {
  /** Zero: no responder is here, or it does not do this now. */
  readonly verb: number
  readonly count: number
  /** Of `hello` what `dial` needs; of the others the asker's address as it was seen, zeros: not told. */
  readonly token: string
  /** The answering process, as in its proofs. */
  readonly who: string
  /** Per port: LISTENING of a hello, 1 for arrived, DIALLED of a dial; then milliseconds. */
  readonly states: readonly number[]
  /**
   * Per port of `dialled`: the code of the ICMP unreachable plus one; zero where there was none. Of `hello`:
   * {@link TELLS_PLACE}; zero of a responder that knows no places.
   */
  readonly codes: readonly number[]
  readonly ms: readonly number[]
}

export const LISTENING = {
  absent: 0,
  listening: 1,
  'in-use': 2,
  'not-permitted': 3,
  'no-address': 4,
  error: 5,
  /** Held at other addresses of its host, not at this one. */
  elsewhere: 6,
} as const
/** Said with each port of a `hello`: held at other addresses of this host alone, it would be `elsewhere`. */
export const TELLS_PLACE = 1
/** What becomes of a port at an address where it was to be held. */
export type ListenState = Exclude<keyof typeof LISTENING, 'elsewhere'>

export const DIALLED = {
  pending: 0,
  open: 1,
  refused: 2,
  filtered: 3,
  unreachable: 4,
  intercepted: 5,
  silent: 6,
  'not-tried': 7,
} as const

export const NO_PORT_TOKEN = '0'.repeat(32)

/** An address in a token's place: sixteen octets, IPv4 mapped into IPv6; zeros for what is none. */
export function seenToken(address: string): string {
  const octets = addressOctets(address) ?? new Uint8Array(16)
  return [...octets].map((octet) => octet.toString(16).padStart(2, '0')).join('')
}

/** What {@link seenToken} wrote, as text; null where it is not told. */
export function seenAddress(token: string): string | null {
  if (token === NO_PORT_TOKEN || !/^[0-9a-f]{32}$/.test(token)) return null
  return addressText(Uint8Array.from(token.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)))
}

/** Said where no responder is. */
export const NO_RESPONDER: PortsAnswer = {
  verb: 0,
  count: 0,
  token: NO_PORT_TOKEN,
  who: '0'.repeat(16),
  states: [],
  codes: [],
  ms: [],
}

export const portsQuestionBody: Field<PortsQuestion> = layout({
  verb: u8,
  proto: u8,
  count: u16,
  token: hex(16),
  run: hex(8),
  address: ascii(46),
  ports: u16s(PORTS_AT_ONCE),
})

export const portsAnswerBody: Field<PortsAnswer> = layout({
  verb: u8,
  count: u16,
  token: hex(16),
  who: hex(8),
  states: octets(PORTS_AT_ONCE),
  codes: octets(PORTS_AT_ONCE),
  ms: u16s(PORTS_AT_ONCE),
})

/** Question and answer have one length. */
export const PORTS_BYTES = controlBytes(portsAnswerBody)

/** The word for a code of one of the tables above; undefined for a code that none has. */
export function wordOf<K extends string>(table: { readonly [N in K]: number }, code: number) {
  return (Object.keys(table) as K[]).find((word) => table[word] === code)
}

function octets(count: number): Field<readonly number[]> {
  return {
    bytes: count,
    read: (view, at) => Array.from({ length: count }, (_, i) => view.getUint8(at + i)),
    write: (view, at, value) => {
      for (let i = 0; i < count; i++) view.setUint8(at + i, value[i] ?? 0)
    },
  }
}
