import type { PortPair } from '../../../shared/profile/ports.ts'
import type { PortsObservation } from '../../../shared/record/ports.ts'
import { type ListenState, seenAddress, seenToken } from '../../../shared/wire/port-talk.ts'
import type { PortDesk } from '../../io/port-desk.ts'
import type { PortsIo } from '../../io/ports.ts'
import type { ReadyFarEnd } from '../../plan.ts'
import { tryBack } from './back.ts'
import { tryOut, tryServers } from './out.ts'
import type { Pace } from './pace.ts'
import { type Fate, groupFates, notTested } from './summary.ts'
import { askDesk, type Refusal, type Talk } from './talk.ts'

export interface FarEndJob {
  readonly farEnd: ReadyFarEnd
  /** Null where there is not even a route. */
  readonly desk: PortDesk | null
  /** Where the ports are tried: the responder's address. */
  readonly address: string
  readonly run: string
  readonly out: readonly PortPair[]
  readonly back: readonly PortPair[]
  readonly held: (pair: PortPair) => ListenState
  readonly arrived: (run: string, pair: PortPair) => boolean
  readonly gentle: boolean
}

type Seen = Pick<PortsObservation, 'responder' | 'legs' | 'seenAs'>

/** Tries both legs to one far end at once; never throws for what the network does. */
export async function tryFarEnd(
  job: FarEndJob,
  io: PortsIo,
  pace: Pace,
  signal: AbortSignal,
): Promise<Seen> {
  const { desk, address, run, out, back } = job
  if (desk === null) return unanswered(job, 'silent', io, pace)
  const talk = { desk, run, address }
  const wanted = out.length > 0 ? out : back.slice(0, 1)
  const hello = await askDesk(talk, 'hello', wanted)
  if (typeof hello === 'string') return unanswered(job, hello, io, pace)
  const { key: access } = job.farEnd
  const key = { id: access.id, secret: new TextEncoder().encode(access.secret) }
  const trying = { talk, hello: out.length > 0 ? hello : { ...hello, rows: [] }, key }
  const [outFates, backFates, seenAs] = await Promise.all([
    tryOut({ ...trying, local: desk.local }, io, pace),
    tryBack({ ...job, talk, hello, pairs: back }, io, signal),
    addressBehind(talk, wanted.slice(0, 1)),
  ])
  const translated = seenAs === null ? {} : { seenAs }
  return { ...seen('answers', outFates, backFates), ...translated }
}

/** The address that the responder sees where it is not this host's own; null also where it does not say. */
async function addressBehind(talk: Talk, pair: readonly PortPair[]): Promise<string | null> {
  const told = await askDesk(talk, 'arrived', pair)
  const seenAs = typeof told === 'string' ? null : seenAddress(told.token)
  const own = seenAddress(seenToken(talk.desk.local))
  return seenAs === own ? null : seenAs
}

/** No responder: what a handshake or a protocol shows is kept, and that it proves little. */
async function unanswered(
  { desk, address, out, back }: FarEndJob,
  responder: Refusal,
  io: PortsIo,
  pace: Pace,
): Promise<Seen> {
  const fates = await tryServers(address, desk?.local, out, io, pace)
  const cause = NOBODY[responder]
  return seen(
    responder,
    fates,
    back.map((pair) => notTested(pair, cause)),
  )
}

const NOBODY: { readonly [R in Refusal]: string } = {
  silent: 'the responder did not answer, so nobody dialled',
  refused: 'the reflector refused the access key',
  absent: 'the reflector has no responder, so nobody dialled',
}

function seen(
  responder: PortsObservation['responder'],
  out: readonly Fate[],
  back: readonly Fate[],
): Seen {
  return { responder, legs: { out: groupFates(out), back: groupFates(back) } }
}
