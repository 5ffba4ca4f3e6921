import { type PortPair, type PortRange, udpRanges } from '../../../shared/profile/ports.ts'
import type { Site } from '../../../shared/profile/site.ts'
import type { Observation } from '../../../shared/record/kinds.ts'
import type { PortsObservation } from '../../../shared/record/ports.ts'
import { holdsTable } from '../../../shared/verdict/ports.ts'
import { makeAnswer } from '../../io/port-answerer.ts'
import type { PortDesk } from '../../io/port-desk.ts'
import type { PortListeners } from '../../io/port-listeners.ts'
import type { PortsIo } from '../../io/ports.ts'
import type { ReadyFarEnd } from '../../plan.ts'
import type { Probe, ProbeContext } from '../types.ts'
import { tryFarEnd } from './far-end.ts'
import { tryServers } from './out.ts'
import { type Pace, paceOf } from './pace.ts'
import { nameOf, type PortPlan, planPorts } from './plan.ts'
import { groupFates, notTested } from './summary.ts'

/** Tries every port that the profile's rows ask for, on the legs that their initiators open. */
export function portsProbe(io: PortsIo): Probe {
  return {
    name: 'ports',
    kinds: ['ports'],
    run: (context, signal) => runPorts(context, io, signal),
  }
}

interface Way {
  readonly farEnd: ReadyFarEnd
  readonly address: string
  readonly desk: PortDesk | null
  readonly run: string
}

async function runPorts(
  context: ProbeContext,
  io: PortsIo,
  signal: AbortSignal,
): Promise<readonly Observation[]> {
  const plan = planPorts(context.profile, context.site, context.only)
  const { localAddress, farEnds } = context.site
  const there = context.farEnds.filter(({ farEnd }) => holdsTable(farEnds[farEnd]))
  const total = plan.out.length * there.length + hostPairs(plan)
  if (total + plan.back.length === 0) return []
  let done = 0
  const pace = paceOf(context.gentle === true, io.sleep, signal, () => {
    done++
    if (done % 10 === 0 || done === total) context.progress(`ports ${done} of ${total}`)
  })
  const ways = await Promise.all(there.map((farEnd) => openWay(context, farEnd, io)))
  // Our own ports first: later an outgoing connection might sit on one of them.
  const listening = await listen(ways, plan.back, io)
  try {
    const looks = await Promise.all([
      ...ways.map((way) => lookAtFarEnd(way, plan, listening, context, { io, pace, signal })),
      ...plan.hosts.map((host) => lookAtHost(host, localAddress, context, io, pace)),
    ])
    return looks
  } finally {
    for (const { desk } of ways) desk?.close()
    await listening.close()
  }
}

function hostPairs(plan: PortPlan): number {
  return plan.hosts.reduce((sum, { pairs }) => sum + pairs.length, 0)
}

async function openWay(
  { site, profile }: ProbeContext,
  farEnd: ReadyFarEnd,
  io: PortsIo,
): Promise<Way> {
  const avoid = udpRanges(profile.requirements)
  return { farEnd, run: io.random(8), ...(await openTable(site, farEnd, io, avoid)) }
}

/** Where a far end's ports are tried, literal (empty: its name does not resolve), and who is asked there. */
export async function openTable(
  { localAddress, farEnds }: Site,
  farEnd: ReadyFarEnd,
  io: PortsIo,
  avoid: readonly PortRange[] = [],
): Promise<Pick<Way, 'address' | 'desk'>> {
  const { responder, at } = farEnds[farEnd.farEnd] ?? {}
  const address = responder === undefined ? farEnd.address : ((await io.resolve(responder)) ?? '')
  const local = { avoid, ...(localAddress === undefined ? {} : { local: localAddress }) }
  // A site point holds nothing of the table: the data centre's reflector is another, with the same key.
  const asked = at === 'site' ? { ...farEnd, address } : farEnd
  const desk = address === '' ? null : await io.openDesk({ ...asked, ...local }).catch(() => null)
  return { address, desk }
}

interface Listening {
  held(local: string | undefined, pair: PortPair): PortListeners['states'][number]['state']
  arrived(run: string, pair: PortPair): boolean
  close(): Promise<void>
}

/** Holds the ports that far ends dial, at every address by which this host goes to them. */
async function listen(
  ways: readonly Way[],
  pairs: readonly PortPair[],
  io: PortsIo,
): Promise<Listening> {
  const arrivals = new Set<string>()
  const byRun = new Map(ways.map((way) => [way.run, way.farEnd.key]))
  const answer = makeAnswer({
    secretOf: (keyId, run) => {
      const key = byRun.get(run)
      return key?.id === keyId ? new TextEncoder().encode(key.secret) : undefined
    },
    ...{ whoFor: (run: string) => run, leg: 'back', hash: io.hash },
    onArrival: (_key, run, proto, port) => arrivals.add(`${run} ${proto} ${port}`),
  })
  const locals = new Set(ways.flatMap(({ desk }) => (desk === null ? [] : [desk.local])))
  const listeners = await io.listen([...locals], pairs, answer)
  const states = new Map(
    listeners.states.map((one) => [`${one.address} ${nameOf(one)}`, one.state]),
  )
  return {
    held: (local, pair) => states.get(`${local} ${nameOf(pair)}`) ?? 'absent',
    arrived: (run, pair) => arrivals.has(`${run} ${nameOf(pair)}`),
    close: () => listeners.close(),
  }
}

async function lookAtFarEnd(
  way: Way,
  plan: PortPlan,
  listening: Listening,
  { nowMs, gentle }: ProbeContext,
  { io, pace, signal }: { io: PortsIo; pace: Pace; signal: AbortSignal },
): Promise<PortsObservation> {
  const from = nowMs()
  const { farEnd, address, desk, run } = way
  const { out, back } = plan
  const held = (pair: PortPair) => listening.held(desk?.local, pair)
  const { arrived } = listening
  const job = { farEnd, desk, address, run, out, back, held, arrived, gentle: gentle === true }
  const seen =
    address === ''
      ? { responder: 'not-asked' as const, legs: unresolved(plan) }
      : await tryFarEnd(job, io, pace, signal)
  const { farEnd: name, path } = farEnd
  return { kind: 'ports', farEnd: name, target: address, path, ...seen, from, to: nowMs() }
}

function unresolved({ out, back }: PortPlan): PortsObservation['legs'] {
  const cause = 'the name of the responder does not resolve'
  const group = (pairs: readonly PortPair[]) =>
    groupFates(pairs.map((pair) => notTested(pair, cause)))
  return { out: group(out), back: group(back) }
}

async function lookAtHost(
  { host, internet, pairs }: PortPlan['hosts'][number],
  local: string | undefined,
  { nowMs }: ProbeContext,
  io: PortsIo,
  pace: Pace,
): Promise<PortsObservation> {
  const from = nowMs()
  const address = await io.resolve(host)
  const fates =
    address === null
      ? pairs.map((pair) => notTested(pair, 'the name does not resolve'))
      : await tryServers(address, local, pairs, io, pace)
  const legs = { out: groupFates(fates), back: [] }
  const path = internet ? 'Internet' : 'MPLS'
  const common = { kind: 'ports', farEnd: 'none', target: host, responder: 'not-asked' } as const
  return { ...common, path, from, to: nowMs(), legs }
}
