import type { PortPair } from '../../../shared/profile/ports.ts'
import { DIALLED, type ListenState, wordOf } from '../../../shared/wire/port-talk.ts'
import type { PortsIo } from '../../io/ports.ts'
import { DIALS_EVERY_MS, DIALS_WITHIN_MS, GENTLE_ORDER, GENTLE_ORDER_PAUSE_MS } from './limits.ts'
import { nameOf } from './plan.ts'
import { type Fate, notTested } from './summary.ts'
import { askDesk, type Talk, type Told } from './talk.ts'

export interface BackJob {
  readonly talk: Talk
  readonly hello: Told
  readonly pairs: readonly PortPair[]
  /** What became of the agent's own listeners. */
  readonly held: (pair: PortPair) => ListenState
  /** Whether a question of this run came to the agent's own port. */
  readonly arrived: (run: string, pair: PortPair) => boolean
  /** Calls are under way: few ports at a time. */
  readonly gentle: boolean
}

const NOT_HELD: { readonly [S in ListenState]: string } = {
  absent: 'this host did not try to hold it',
  listening: '',
  'in-use': 'another process on this host holds it',
  'not-permitted': 'this host is not permitted to hold it (CAP_NET_BIND_SERVICE)',
  'no-address': 'this host lost its address',
  error: 'this host could not hold it',
}

/**
 * Has the responder dial this host's own listeners. A port counts as open only when the question
 * came in here under our nonce and the responder says that it got our answer; neither side's word
 * alone is taken.
 */
export async function tryBack(job: BackJob, io: PortsIo, signal: AbortSignal): Promise<Fate[]> {
  const ready = job.pairs.filter((pair) => job.held(pair) === 'listening')
  const fates = job.pairs
    .filter((pair) => job.held(pair) !== 'listening')
    .map((pair) => notTested(pair, NOT_HELD[job.held(pair)]))
  const size = job.gentle ? GENTLE_ORDER : ready.length
  for (let at = 0; at < ready.length; at += size) {
    const some = ready.slice(at, at + size)
    if (signal.aborted)
      fates.push(...some.map((pair) => notTested(pair, 'stopped before its turn')))
    else fates.push(...(await dialled(job, some, io, signal)))
    if (job.gentle) await io.sleep(GENTLE_ORDER_PAUSE_MS)
  }
  return fates
}

async function dialled(
  job: BackJob,
  pairs: readonly PortPair[],
  io: PortsIo,
  signal: AbortSignal,
): Promise<Fate[]> {
  // The token is short-lived: a fresh one for each order.
  const hello = await askDesk(job.talk, 'hello', pairs.slice(0, 1))
  const token = typeof hello === 'string' ? job.hello.token : hello.token
  const taken = await askDesk(job.talk, 'dial', pairs, token)
  if (typeof taken === 'string') {
    const cause = `the responder did not take the order to dial (${taken})`
    return pairs.map((pair) => notTested(pair, cause))
  }
  const rows = await results(job.talk, pairs, io, signal)
  return pairs.map((pair) => fateOf(pair, rows.get(nameOf(pair)), job))
}

type Row = Told['rows'][number]

/** Asks until nothing is pending, or the time is over. */
async function results(
  talk: Talk,
  pairs: readonly PortPair[],
  io: PortsIo,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Row>> {
  let rows: ReadonlyMap<string, Row> = new Map()
  for (let waited = 0; waited < DIALS_WITHIN_MS; waited += DIALS_EVERY_MS) {
    if (signal.aborted) break
    await io.sleep(DIALS_EVERY_MS)
    const told = await askDesk(talk, 'dialled', pairs)
    if (typeof told === 'string') break
    rows = new Map(told.rows.map((row) => [nameOf(row.pair), row]))
    if (told.rows.every(({ state }) => state !== DIALLED.pending)) break
  }
  return rows
}

function fateOf(pair: PortPair, row: Row | undefined, job: BackJob): Fate {
  const word = row === undefined ? undefined : wordOf(DIALLED, row.state)
  if (row === undefined || word === undefined || word === 'pending')
    return notTested(pair, 'the responder gave no result of its dial')
  if (word === 'not-tried') return notTested(pair, 'the responder was itself in the way')
  const came = job.arrived(job.talk.run, pair)
  const fate = { ...pair, proof: 'none', cause: '', ms: null } as const
  switch (word) {
    case 'open':
      return came
        ? { ...pair, state: 'open', proof: 'nonce', cause: '', ms: row.ms }
        : { ...fate, state: 'intercepted', cause: 'said to be open, but nothing came here' }
    case 'silent':
      return { ...fate, state: came ? 'blocked-out' : 'blocked-back' }
    case 'intercepted': {
      const cause = 'the question came here, our answer did not get back'
      return came
        ? { ...fate, state: 'blocked-out', cause }
        : { ...fate, state: 'intercepted', cause: 'another than this host answered' }
    }
    default:
      return { ...fate, state: word, cause: row.code === 0 ? '' : `icmp code ${row.code - 1}` }
  }
}
