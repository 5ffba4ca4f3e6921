import * as v from 'valibot'
import { type Profile, type ProfileInput, ProfileSchema } from '../../../shared/profile/schema.ts'
import { type Site, SiteSchema } from '../../../shared/profile/site.ts'
import type { Observation } from '../../../shared/record/kinds.ts'
import {
  type Delay,
  type Distribution,
  type Jitter,
  type Leg,
  type Loss,
  type StreamObservation,
  StreamObservationSchema,
} from '../../../shared/record/observation.ts'
import type { Finding, Judgement } from '../../../shared/verdict/finding.ts'
import { type JudgeInput, judge } from '../../../shared/verdict/judge.ts'

/** Hand-built windows for judging: one call, one minute, 3000 packets, all well unless said otherwise. */
export const MINUTE = 60_000
export const START = Date.UTC(2026, 2, 2, 10, 0, 0)
export const PACKETS = 3000

/** A distribution with these statistics; the histogram says nothing but how many there were. */
export function spread(
  at: number | Partial<Omit<Distribution, 'histogram'>>,
  n = PACKETS,
): Distribution {
  const base = typeof at === 'number' ? at : (at.p95 ?? 10)
  const same = { n, min: base, max: base, sum: base * n, p50: base, p95: base, p99: base }
  const own = typeof at === 'number' ? {} : at
  return { ...same, ...own, histogram: { scale: 3, zero: own.n ?? n, first: 0, counts: [] } }
}

/** Delay known to lie in [low, high] for every packet; the counts follow from it. */
export function delayOf(low: number, high = low, n = PACKETS, limitMs = 150): Delay {
  return {
    n,
    limitMs,
    atMost: spread(high, n),
    atLeast: spread(low, n),
    mayReachLimit: high >= limitMs ? n : 0,
    mustReachLimit: low >= limitMs ? n : 0,
    aboveMinimum: spread(1, n),
  }
}

export function jitterOf(ms: number, n = PACKETS, limitMs = 30): Jitter {
  return { n, final: ms, limitMs, reachesLimit: ms >= limitMs ? n : 0, running: spread(ms, n) }
}

/** Losses spread evenly over one-second blocks, as independent losses would be. */
export function lossOf(lost: number, expected = PACKETS, unattributed = 0): Loss {
  const seconds = Math.max(2, Math.round(expected / 50))
  const packets = expected / seconds
  const here = (lost + unattributed) / seconds
  return {
    expected,
    received: expected - lost - unattributed,
    lost,
    unattributed,
    late: 0,
    duplicated: 0,
    reordered: 0,
    blocks: {
      seconds,
      packets: expected,
      packetsSquared: Math.round(seconds * packets * packets),
      lostSquared: Math.round(seconds * here * here),
      lostTimesPackets: Math.round(seconds * here * packets),
    },
    bursts: null,
  }
}

export function marks(...seen: readonly (readonly [tos: number, packets: number])[]): Leg['tos'] {
  return { seen: seen.map(([value, packets]) => ({ value, packets })), unseen: 0 }
}

export const GOOD_LEG: Leg = {
  loss: lossOf(0),
  jitter: jitterOf(2),
  delay: delayOf(20, 22),
  tos: marks([184, PACKETS]),
  ttl: { seen: [{ value: 58, packets: PACKETS }], unseen: 0 },
  egress: { tos: 184, proof: 'watched' },
  quality: null,
}

const GOOD: StreamObservation = {
  kind: 'stream',
  farEnd: 'primary',
  peer: { address: '192.0.2.1', port: 4000 },
  path: 'MPLS',
  codec: 'g711',
  ptimeMs: 20,
  calls: 1,
  dscp: 46,
  from: START,
  to: START + MINUTE,
  instrument: {
    capabilities: {
      engine: 'linux',
      setTos: true,
      seeTos: true,
      seeTtl: true,
      receiveStamp: 'kernel',
      transmitStamp: 'kernel',
      scheduling: 'fifo',
      seeEgress: true,
      rawIcmp: true,
    },
    scheduled: PACKETS,
    sent: PACKETS,
    notSent: 0,
    lateness: { p50Ms: 0.1, p99Ms: 0.4, maxMs: 1 },
    receiveOverflows: 0,
    hostDrops: 0,
    reflectorOverflows: 0,
    stalls: 0,
    worstStallMs: 0,
    stampsMissing: 0,
    leftRealTime: false,
  },
  attribution: 'receipt',
  legs: { out: GOOD_LEG, back: GOOD_LEG },
  stampedJitter: GOOD_LEG.jitter,
  rtt: spread(42),
  rttReachesLimit: 0,
  rttReachesTwiceLimit: 0,
  clocks: {
    agent: { synchronised: true, maxErrorMs: 1, source: 'adjtimex', steps: 0 },
    reflector: { synchronised: true, maxErrorMs: 1, source: 'adjtimex', steps: 0 },
    offset: { lowMs: -1, highMs: 1, method: 'minima+clock' },
    fault: null,
  },
  gaps: [],
}

export interface Change extends Partial<Omit<StreamObservation, 'legs' | 'instrument' | 'clocks'>> {
  readonly out?: Partial<Leg>
  readonly back?: Partial<Leg>
  readonly instrument?: Partial<StreamObservation['instrument']>
  readonly capabilities?: Partial<StreamObservation['instrument']['capabilities']>
  readonly clocks?: Partial<StreamObservation['clocks']>
}

/** A good window with these changes; what comes out is a valid observation. */
export function stream(change: Change = {}): StreamObservation {
  const { out, back, instrument, capabilities, clocks, ...rest } = change
  return v.parse(StreamObservationSchema, {
    ...GOOD,
    // A host that holds nothing back: what the packets say of their departure is what the kernel says.
    stampedJitter: out?.jitter === undefined ? GOOD.stampedJitter : out.jitter,
    ...rest,
    legs: { out: { ...GOOD_LEG, ...out }, back: { ...GOOD_LEG, ...back } },
    instrument: {
      ...GOOD.instrument,
      ...instrument,
      capabilities: { ...GOOD.instrument.capabilities, ...capabilities },
    },
    clocks: { ...GOOD.clocks, ...clocks },
  })
}

/** Nothing came back and no receipt told of anything: `sent` packets into the dark. */
export function silent(sent: number, change: Change = {}): StreamObservation {
  const leg = (expected: number): Partial<Leg> => ({
    loss: lossOf(0, expected, expected),
    jitter: null,
    delay: null,
    tos: marks(),
    ttl: marks(),
  })
  return stream({
    attribution: 'none',
    out: leg(sent),
    back: { ...leg(sent), egress: { tos: null, proof: 'none' } },
    rtt: null,
    ...change,
    instrument: { sent, ...change.instrument },
    clocks: { reflector: null, offset: null, ...change.clocks },
  })
}

const LINE = { line: 1, printed: 'printed', reading: 'reading', required: true }
export const LINES: ProfileInput['requirements'] = [
  { ...LINE, id: 'VRN-1', title: 'priority', kind: 'qos' },
  { ...LINE, id: 'VRN-2', title: 'duplex', kind: 'duplex', expect: 'full', farEnds: 'none' },
  {
    ...LINE,
    id: 'VRN-3',
    title: 'delay',
    kind: 'one-way-delay',
    limitMs: 150,
    op: '<',
    statistic: 'p95',
  },
  {
    ...LINE,
    id: 'VRN-4',
    title: 'jitter',
    kind: 'jitter',
    limitMs: 30,
    op: '<',
    statistic: 'p95',
    definition: 'rfc3550',
  },
  { ...LINE, id: 'VRN-5', title: 'mark', kind: 'marking', dscp: 46, op: '==' },
  {
    ...LINE,
    id: 'VRN-6',
    title: 'loss',
    kind: 'segment-loss',
    limitRatio: 0.01,
    op: '<=',
    decide: 'confidence',
    confidence: 0.95,
  },
  { ...LINE, id: 'VRN-7', title: 'bandwidth', kind: 'bandwidth', perCall: { g711: 88, g729: 32 } },
  { ...LINE, id: 'VRN-8', title: 'VLAN', kind: 'vlan', farEnds: 'none' },
  {
    ...LINE,
    id: 'RCM-01',
    title: 'RTP ports',
    kind: 'ports',
    table: 'RCM',
    service: 'RTP',
    path: 'MPLS',
    tcp: [],
    udp: [],
    dynamic: true,
    initiator: 'both',
    confidence: 'high',
  },
]

export const STREAM_LINES = ['VRN-3', 'VRN-4', 'VRN-5', 'VRN-6', 'VRN-7'] as const

/** A line of {@link LINES} with other values. */
export function lineWith(id: string, change: object): ProfileInput['requirements'] {
  return LINES.map((line) => (line.id === id ? { ...line, ...change } : line)) as typeof LINES
}

export function profileWith(change: Partial<ProfileInput> = {}): Profile {
  return v.parse(ProfileSchema, {
    format: 'voip-ready/profile/1',
    id: 'test',
    version: '1.0.0',
    title: 'A profile for tests',
    source: { document: 'none', revision: '1', date: '2026-01-01' },
    model: 'RCM',
    voice: { between: 'site-dc', legs: ['out', 'back'], reading: 'site to data centre' },
    farEnds: ['primary', 'secondary'],
    judging: {
      windowSeconds: 60,
      intervalMinutes: 15,
      minimumPackets: 100,
      lateAfterMs: 1000,
      clockDriftPpm: 100,
    },
    media: { codec: 'g711', ptimeMs: 20, dscp: 46 },
    requirements: LINES,
    ...change,
  })
}

export function siteWith(change: object = {}): Site {
  return v.parse(SiteSchema, {
    format: 'voip-ready/site/1',
    site: 'leeds',
    profile: 'test',
    farEnds: { primary: { reflector: '192.0.2.1' }, secondary: { reflector: '192.0.2.2' } },
    peakCalls: 1,
    ...change,
  })
}

/** Judges one minute unless a longer time is given. */
export function judged(
  observations: readonly Observation[],
  change: Partial<JudgeInput> = {},
): Judgement {
  return judge({
    profile: profileWith(),
    sha256: '0'.repeat(64),
    site: siteWith(),
    observations,
    from: START,
    to: START + MINUTE,
    ...change,
  })
}

/** The finding of one line at one place; the test fails when there is not exactly one. */
export function findingAt(
  judgement: Judgement,
  id: string,
  leg: Finding['leg'] = 'out',
  farEnd: Finding['farEnd'] = 'primary',
): Finding {
  const found = judgement.findings.filter(
    (f) => f.id === id && f.leg === leg && f.farEnd === farEnd,
  )
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`wanted one finding ${id} ${leg} ${farEnd}, found ${found.length}`)
  }
  return found[0]
}

/** Verdict and reason of one line at one place, as `fail over-limit`. */
export function verdictAt(...args: Parameters<typeof findingAt>): string {
  const { verdict, reason } = findingAt(...args)
  return `${verdict} ${reason}`
}
