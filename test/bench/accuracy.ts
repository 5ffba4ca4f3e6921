import type { StreamObservation } from '../../shared/record/observation.ts'
import type { Impairment, Leg } from '../lab/router/impairment.ts'
import { sessionPackets } from '../lab/session-packets.ts'
import { createLab, type Lab } from '../lab/topology.ts'
import { quantiles, type Truth } from '../lab/truth.ts'
import type { Hosts } from './hosts.ts'
import { type IrttRun, runIrtt, runningJitter } from './irtt.ts'
import { runCheck, withReflector } from './product.ts'
import type { Sample } from './table.ts'

const SECONDS = 20
const LINK = 'r1-dc1'
const OUR_PORT = 4000
const IRTT_PORT = 2112
/** IP length of irtt's probes: 172 octets of UDP payload, as ours; its hand-shake is shorter. */
const PROBE_LENGTH = 200
/** What the profiles allow two free-running clocks to drift apart: part of every offset bound. */
const DRIFT_PPM = 100
const LEGS: readonly Leg[] = ['out', 'back']

const UNEQUAL_PATHS: readonly Impairment[] = [
  { leg: 'out', delayMs: 20, jitter: { kind: 'normal', sdMs: 2 } },
  { leg: 'back', delayMs: 35, jitter: { kind: 'uniform', plusMinusMs: 5 } },
]
const LOSSY_PATHS: readonly Impairment[] = [
  { leg: 'out', delayMs: 10, loss: { kind: 'random', ratio: 0.02 } },
  { leg: 'back', delayMs: 10, loss: { kind: 'random', ratio: 0.01 } },
]

/**
 * How far figures are from what the impairment router did to the very same packets: both programs
 * send at the same time over the same link, each is held against the fate of its own packets. All
 * hosts share one clock here, so one-way delays have a truth to be held against.
 */
export async function accuracy(): Promise<Sample[]> {
  const seed = Date.now() % 1_000_000
  const links = [
    ['site', 'r1'],
    ['r1', 'dc1'],
  ] as const
  const lab = await createLab({ links, impaired: [LINK], seed })
  try {
    const hosts = hostsOf(lab)
    return await withReflector(hosts, async (reflector) => {
      const delays = await bothOver(lab, UNEQUAL_PATHS, () =>
        Promise.all([runCheck(hosts, reflector, SECONDS), runIrtt(hosts, SECONDS)]),
      )
      const losses = await bothOver(lab, LOSSY_PATHS, () =>
        Promise.all([runCheck(hosts, reflector, SECONDS), runIrtt(hosts, SECONDS)]),
      )
      return [
        ...LEGS.flatMap((leg) => delayRows(leg, delays)),
        ...LEGS.map((leg) => lossRow(leg, losses)),
        await rulerRow(lab),
      ]
    })
  } finally {
    await lab.destroy()
  }
}

interface Both {
  readonly ours: StreamObservation
  readonly irtt: IrttRun
  readonly truth: (leg: Leg) => { readonly ours: FlowTruth; readonly irtt: FlowTruth }
}

interface FlowTruth {
  readonly lost: number
  /** Of what passed, in order of departure. */
  readonly delaysMs: readonly number[]
}

type Runs = readonly [{ readonly stream: StreamObservation }, IrttRun]

async function bothOver(
  lab: Lab,
  rules: readonly Impairment[],
  run: () => Promise<Runs>,
): Promise<Both> {
  const router = lab.router(LINK)
  const fromMs = await router.impair(rules, Date.now() % 1_000_000)
  const [ours, irtt] = await run()
  const truth = await router.truth()
  return {
    ours: ours.stream,
    irtt,
    truth: (leg) => ({
      ours: flowTruth(truth, { leg, port: OUR_PORT, fromMs }),
      irtt: flowTruth(truth, { leg, port: IRTT_PORT, fromMs }),
    }),
  }
}

function flowTruth(
  truth: Truth,
  flow: { readonly leg: Leg; readonly port: number; readonly fromMs: number },
): FlowTruth {
  const { leg, ...ours } = flow
  const packets =
    flow.port === OUR_PORT
      ? sessionPackets(truth, ours)[leg]
      : truth.select({ ...flow, rtp: 'any' }).filter(({ length }) => length === PROBE_LENGTH)
  const passed = packets
    .filter(({ outNs }) => outNs !== undefined)
    .sort((a, b) => (a.outNs ?? 0) - (b.outNs ?? 0))
  return {
    lost: packets.length - passed.length,
    delaysMs: passed.map(({ inNs, outNs }) => ((outNs ?? 0) - inNs) / 1e6),
  }
}

function delayRows(leg: Leg, { ours, irtt, truth }: Both): Sample[] {
  const real = truth(leg)
  const [mine, its] = [quantiles(real.ours.delaysMs), quantiles(real.irtt.delaysMs)]
  const measured = measuredDelay(ours, leg)
  const theirs = quantiles(irtt.transitsMs[leg])
  const [myJitter, itsJitter] = [jitterP95(real.ours.delaysMs), jitterP95(real.irtt.delaysMs)]
  const running = ours.legs[leg].jitter?.running.p95 ?? Number.NaN
  const row = (what: string, value: number, peer: number): Sample => ({
    what: `${leg}: ${what}`,
    value: Math.abs(value) * 1000,
    peer: Math.abs(peer) * 1000,
    unit: 'us',
  })
  return [
    row('delay p50, off by', measured.p50 - mine.p50, theirs.p50 - its.p50),
    row('delay p95, off by', measured.p95 - mine.p95, theirs.p95 - its.p95),
    row('jitter p95, off by', running - myJitter, jitterP95(irtt.transitsMs[leg]) - itsJitter),
  ]
}

/** Delay as the stamps have it: the fastest packet, which bounds the offset, and what is above it. */
function measuredDelay({ clocks, legs, from, to }: StreamObservation, leg: Leg) {
  const { delay } = legs[leg]
  const { offset } = clocks
  if (delay === null || offset?.method !== 'minima') return { p50: Number.NaN, p95: Number.NaN }
  const bound = leg === 'out' ? offset.highMs : -offset.lowMs
  const fastest = bound - ((to - from) * DRIFT_PPM) / 1e6
  const { p50, p95 } = delay.aboveMinimum
  return { p50: fastest + p50, p95: fastest + p95 }
}

const jitterP95 = (delaysMs: readonly number[]) => quantiles(runningJitter(delaysMs)).p95

function lossRow(leg: Leg, { ours, irtt, truth }: Both): Sample {
  const counted = truth(leg)
  return {
    what: `${leg}: packets lost, off by`,
    value: Math.abs(ours.legs[leg].loss.lost - counted.ours.lost),
    peer: Math.abs(irtt.lostOn[leg] - counted.irtt.lost),
    unit: 'packets',
  }
}

/** How far the ruler itself was from the delay it meant; its log has what it really did. */
async function rulerRow(lab: Lab): Promise<Sample> {
  const { delayError } = await lab.router(LINK).counters()
  return {
    what: "the router's own error p99",
    value: delayError.p99Us,
    peer: Number.NaN,
    unit: 'us',
  }
}

/** The two ends of the lab as the hosts that the other benches use. */
function hostsOf(lab: Lab): Hosts {
  const place = { a: 'site', b: 'dc1' } as const
  return {
    addressA: lab.address('site').ipv4,
    addressB: lab.address('dc1').ipv4,
    on: (host, argv) => ['ip', 'netns', 'exec', lab.namespace(place[host]), ...argv],
    nft: (host, ruleset) => void lab.nft(place[host], ruleset),
    counters: () => new Map(),
    destroy: () => lab.destroyNow(),
  }
}
