import type { PortPair } from '../../../shared/profile/ports.ts'
import { HELD_ELSEWHERE, PLACE_UNKNOWN } from '../../../shared/record/ports.ts'
import { greetingFor } from '../../../shared/wire/port-greetings.ts'
import { LISTENING, TELLS_PLACE, wordOf } from '../../../shared/wire/port-talk.ts'
import { TCP_TIMES, UDP_SEND_AT_MS, UDP_TIMEOUT_MS } from '../../io/dial-times.ts'
import { proofExchange } from '../../io/port-answerer.ts'
import type { PortsIo } from '../../io/ports.ts'
import { type DialTarget, type Exchange, mayBeChance, type Reach } from '../../io/reach.ts'
import { TCP_ATTEMPTS } from './limits.ts'
import type { Pace } from './pace.ts'
import { nameOf } from './plan.ts'
import { type Fate, fateOfReach, notTested } from './summary.ts'
import { askDesk, type Talk, type Told } from './talk.ts'

export interface OutJob {
  readonly talk: Talk
  readonly hello: Told
  readonly key: { readonly id: string; readonly secret: Uint8Array }
  readonly local: string
}

/**
 * Tries pairs towards a responder. A port counts as open only when that responder's answer to this
 * very question came back; where it did not, the responder is asked what it received.
 */
export async function tryOut(job: OutJob, io: PortsIo, pace: Pace): Promise<Fate[]> {
  const held = job.hello.rows.filter(({ state }) => state === LISTENING.listening)
  const missing = job.hello.rows.filter(({ state }) => state !== LISTENING.listening)
  const reached = await pace.each(held, async ({ pair, code }) => ({
    pair,
    reach: await dialProven(job, io, pair),
    tellsPlace: code === TELLS_PLACE,
  }))
  const done = reached.filter((one) => one !== undefined)
  const doubtful = done.filter(({ pair, reach }) => isDoubtful(pair, reach))
  const arrived = await arrivedOf(
    job.talk,
    doubtful.map(({ pair }) => pair),
  )
  return [
    ...done.map(({ pair, reach, tellsPlace }) =>
      // Nobody knows whether a host that says no was told to hold it.
      reach.state === 'refused' && !tellsPlace
        ? notListening(pair, PLACE_UNKNOWN)
        : fateOf(pair, reach, arrived),
    ),
    ...held.slice(done.length).map(({ pair }) => notTested(pair, 'stopped before its turn')),
    ...missing.map(({ pair, state }) => notHeld(pair, state)),
  ]
}

const NOT_HELD: { readonly [word: string]: string } = {
  absent: 'the responder was not told to hold it',
  'in-use': 'another process at the responder holds it, or its own SIP mirror (--sip-port)',
  'not-permitted': 'the responder is not permitted to hold it',
  'no-address': 'the responder does not have this address',
  elsewhere: HELD_ELSEWHERE,
}

function notHeld(pair: PortPair, code: number): Fate {
  const word = wordOf(LISTENING, code) ?? 'error'
  return notListening(pair, NOT_HELD[word] ?? 'the responder could not hold it')
}

function notListening(pair: PortPair, cause: string): Fate {
  return { ...pair, state: 'not-listening', proof: 'none', cause, ms: null }
}

async function dialProven(job: OutJob, io: PortsIo, pair: PortPair): Promise<Reach> {
  const { talk, hello, key, local } = job
  const asking = { keyId: key.id, secret: key.secret, run: talk.run, who: hello.who, ...pair }
  const question = () =>
    proofExchange({ ...asking, attempt: io.random(8), leg: 'out', hash: io.hash })
  return dial({ address: talk.address, port: pair.port, local }, pair, question, io)
}

/** Over TCP what may be chance is tried again. Nothing else is. */
export async function dial(
  target: DialTarget,
  pair: PortPair,
  question: () => Exchange | null,
  io: PortsIo,
): Promise<Reach> {
  const exchange = question()
  if (pair.proto === 'udp' && exchange !== null)
    return io.dialUdp(target, exchange, UDP_SEND_AT_MS, UDP_TIMEOUT_MS)
  let reach = await io.dialTcp(target, exchange, TCP_TIMES)
  for (let again = 1; again < TCP_ATTEMPTS && mayBeChance(reach); again++)
    reach = await io.dialTcp(target, question(), TCP_TIMES)
  return reach
}

/** Whether the responder's word on what it received can tell more. */
function isDoubtful({ proto }: PortPair, { state }: Reach): boolean {
  return proto === 'udp' ? state === 'silent' : state === 'intercepted'
}

/** Null: the responder could not be asked. */
async function arrivedOf(
  talk: Talk,
  pairs: readonly PortPair[],
): Promise<ReadonlyMap<string, boolean> | null> {
  if (pairs.length === 0) return new Map()
  const told = await askDesk(talk, 'arrived', pairs)
  if (typeof told === 'string') return null
  return new Map(told.rows.map(({ pair, state }) => [nameOf(pair), state === 1]))
}

function fateOf(pair: PortPair, reach: Reach, arrived: ReadonlyMap<string, boolean> | null): Fate {
  const fate = fateOfReach(pair, reach, 'nonce')
  if (!isDoubtful(pair, reach)) return fate
  const came = arrived?.get(nameOf(pair))
  if (reach.state === 'intercepted') {
    // Our question came through to the responder, so it is the answer that was lost or replaced.
    return came === true && reach.cause.includes('no answer')
      ? { ...fate, state: 'blocked-back', cause: 'the question arrived, the answer did not' }
      : fate
  }
  if (came === undefined) return { ...fate, cause: 'the responder could not say what arrived' }
  return { ...fate, state: came ? 'blocked-back' : 'blocked-out' }
}

/** Tries pairs where no responder answers: a handshake, or an answer in the server's own protocol. */
export async function tryServers(
  address: string,
  local: string | undefined,
  pairs: readonly PortPair[],
  io: PortsIo,
  pace: Pace,
): Promise<Fate[]> {
  const fates = await pace.each(pairs, async (pair): Promise<Fate> => {
    const target = { address, port: pair.port, ...(local === undefined ? {} : { local }) }
    if (pair.proto === 'tcp')
      return fateOfReach(pair, await dial(target, pair, () => null, io), 'handshake')
    const greeting = greetingFor(pair.port, io.random(16))
    const silent = { ...pair, proof: 'none', ms: null } as const
    if (greeting === 'one-way') return { ...silent, state: 'one-way-protocol', cause: '' }
    if (greeting === null)
      return { ...silent, state: 'silent', cause: 'no protocol to ask in, and no responder' }
    return fateOfReach(pair, await dial(target, pair, () => greeting, io), 'protocol')
  })
  return pairs.map((pair, i) => fates[i] ?? notTested(pair, 'stopped before its turn'))
}
