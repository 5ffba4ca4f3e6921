import { randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { PortPair } from '../../../shared/profile/ports.ts'
import { addressOctets, addressText } from '../../../shared/wire/ip-text.ts'
import {
  DIALLED,
  LISTENING,
  PORTS_AT_ONCE,
  type PortsAnswer,
  type PortsQuestion,
  seenToken,
  TELLS_PLACE,
  VERBS,
  type Verb,
  wordOf,
} from '../../../shared/wire/port-talk.ts'
import { keyedHash } from '../../engine/keyed-hash.ts'
import type { Peer } from '../../engine/types.ts'
import { makeAnswer } from '../../io/port-answerer.ts'
import {
  type ListenerState,
  openPortListeners,
  type PortListeners,
} from '../../io/port-listeners.ts'
import type { KnownKey } from '../keys.ts'
import { slotOf, tokenFor, tokenIsFresh } from '../open-token.ts'
import { Arrivals } from './arrivals.ts'
import { Dials } from './dials.ts'

export interface ResponderOptions {
  /** Literal addresses of this host: those that the servers will have. */
  readonly addresses: readonly string[]
  readonly pairs: readonly PortPair[]
}

/** A question that came in over the reflector's own port, its digest already checked. */
export interface AskedPorts {
  readonly keyId: string
  readonly peer: Peer
  readonly question: PortsQuestion
}

export interface Responder {
  readonly states: readonly ListenerState[]
  setKeys(keys: readonly KnownKey[]): void
  /** Null is silence. */
  answer(asked: AskedPorts): PortsAnswer | null
  stop(): Promise<void>
}

const PROTOS = { tcp: 6, udp: 17 } as const
const MOST_MS = 65_535

/** Holds the ports and answers for them. What cannot be held is in `states` and told to agents. */
export async function startResponder(options: ResponderOptions): Promise<Responder> {
  const nowMs = () => performance.now()
  const who = randomBytes(8).toString('hex')
  const arrivals = new Arrivals(nowMs)
  const dials = new Dials(keyedHash, (bytes) => randomBytes(bytes))
  let keys: ReadonlyMap<string, KnownKey> = new Map()
  const secretOf = (keyId: string): Uint8Array | undefined => {
    const key = keys.get(keyId)
    return key === undefined || key.revoked ? undefined : key.secret
  }
  const answer = makeAnswer({
    ...{ secretOf, whoFor: () => who, leg: 'out', hash: keyedHash },
    onArrival: (keyId, run, proto, port) => arrivals.note(keyId, run, proto, port),
  })
  const listeners = await openPortListeners(options.addresses, options.pairs, answer)
  const desk = new Desk({ who, arrivals, dials, secretOf, listeners, nowMs })
  return {
    states: listeners.states,
    setKeys: (next) => {
      keys = new Map(next.map((key) => [key.id, key]))
    },
    answer: (asked) => desk.answer(asked),
    stop: async () => {
      dials.stop()
      await listeners.close()
    },
  }
}

interface DeskParts {
  readonly who: string
  readonly arrivals: Arrivals
  readonly dials: Dials
  readonly secretOf: (keyId: string) => Uint8Array | undefined
  readonly listeners: PortListeners
  readonly nowMs: () => number
}

/** The answers of one responder to what agents ask over control. */
class Desk {
  readonly #parts: DeskParts
  readonly #tokenSecret = randomBytes(32)
  /** `proto port` -> states by address. */
  readonly #states = new Map<string, Map<string, number>>()

  constructor(parts: DeskParts) {
    this.#parts = parts
    for (const { proto, port, address, state } of parts.listeners.states) {
      const name = `${proto} ${port}`
      const known = this.#states.get(name) ?? new Map<string, number>()
      this.#states.set(name, known.set(oneForm(address), LISTENING[state]))
    }
  }

  answer(asked: AskedPorts): PortsAnswer | null {
    const { question } = asked
    const verb = wordOf(VERBS, question.verb)
    const proto = wordOf(PROTOS, question.proto)
    if (verb === undefined || proto === undefined || question.count > PORTS_AT_ONCE) return null
    const ports = question.ports.slice(0, question.count)
    if (verb === 'dial') return this.#dial(asked, proto, ports)
    const row = this.#rows[verb]
    const at = oneForm(question.address)
    const here = verb === 'hello' && isOwn(at)
    const rows = ports.map((port) => row({ ...asked, at, here }, proto, port, ports))
    return this.#say(asked, verb, ports.length, rows)
  }

  readonly #rows: {
    readonly [V in Exclude<Verb, 'dial'>]: (
      asked: AskedPorts & Placed,
      proto: 'tcp' | 'udp',
      port: number,
      ports: readonly number[],
    ) => { readonly state: number; readonly code?: number; readonly ms?: number }
  } = {
    hello: (asked, proto, port) => ({
      ...{ state: this.#listening(asked, proto, port), code: TELLS_PLACE },
    }),
    arrived: ({ keyId, question }, proto, port) => ({
      state: Number(this.#parts.arrivals.has(keyId, question.run, proto, port)),
    }),
    dialled: ({ keyId, question }, proto, port, ports) => {
      const order = { keyId, run: question.run, proto, ports }
      const reach = this.#parts.dials.reached(order, port)
      if (reach === undefined) return { state: DIALLED.pending }
      const ms = Math.min(MOST_MS, Math.round(reach.ms))
      const code = reach.icmpCode === null ? 0 : Math.min(255, reach.icmpCode + 1)
      return { state: DIALLED[reach.state === 'not-tried' ? 'not-tried' : reach.state], code, ms }
    },
  }

  /** The state at the address that was asked for; behind a NAT, the best that any address has. */
  #listening({ at, here }: Placed, proto: string, port: number): number {
    const known = this.#states.get(`${proto} ${port}`)
    if (known === undefined) return LISTENING.absent
    const own = known.get(at)
    if (own !== undefined) return own
    // No NAT is between: who dials an address of this host that holds nothing is refused by this host.
    if (here) return LISTENING.elsewhere
    const all = [...known.values()]
    return all.includes(LISTENING.listening) ? LISTENING.listening : (all[0] ?? LISTENING.absent)
  }

  #dial(asked: AskedPorts, proto: 'tcp' | 'udp', ports: readonly number[]): PortsAnswer | null {
    const { keyId, peer, question } = asked
    const secret = this.#parts.secretOf(keyId)
    if (secret === undefined || !this.#isFresh(asked)) return null
    const at = oneForm(question.address)
    const own = this.#parts.listeners.states.find(({ address }) => oneForm(address) === at)
    const local = own === undefined ? {} : { local: own.address }
    const order = {
      keyId,
      secret,
      run: question.run,
      proto,
      ports,
      address: peer.address,
      ...local,
    }
    const taken = this.#parts.dials.take(order)
    return this.#say(asked, taken ? 'dial' : null, 0, [])
  }

  #isFresh({ keyId, peer, question }: AskedPorts): boolean {
    const now = this.#parts.nowMs() * 1e6
    const { token } = question
    return tokenIsFresh(token, peer, keyId, 'ports', now, this.#tokenSecret, keyedHash)
  }

  #say(
    { keyId, peer, question }: AskedPorts,
    verb: Verb | null,
    count: number,
    rows: readonly { readonly state: number; readonly code?: number; readonly ms?: number }[],
  ): PortsAnswer {
    const slot = slotOf(this.#parts.nowMs() * 1e6)
    const isHello = question.verb === VERBS.hello
    return {
      verb: verb === null ? 0 : VERBS[verb],
      count,
      token: isHello
        ? tokenFor(peer, keyId, 'ports', slot, this.#tokenSecret, keyedHash)
        : seenToken(peer.address),
      who: this.#parts.who,
      states: rows.map(({ state }) => state),
      codes: rows.map(({ code }) => code ?? 0),
      ms: rows.map(({ ms }) => ms ?? 0),
    }
  }
}

/** The address asked for, in one form, and whether it is this host's own. */
interface Placed {
  readonly at: string
  readonly here: boolean
}

/** An address however it was spelt, without its zone, which the other side names otherwise. */
function oneForm(address: string): string {
  const octets = addressOctets(address)
  return octets === null ? address : addressText(octets)
}

function isOwn(address: string): boolean {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return all.some((one) => oneForm(one.address) === address)
}
