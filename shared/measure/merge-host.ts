import type { StreamObservation } from '../record/observation.ts'

type Instrument = StreamObservation['instrument']
type Capabilities = Instrument['capabilities']
type Clocks = StreamObservation['clocks']
type HostClock = Clocks['agent']

const SCHEDULING = { normal: 0, nice: 1, fifo: 2 } as const

/** Adds the instrument's counts and keeps the worst of what cannot add. */
export function mergeInstruments(parts: readonly Instrument[]): Instrument {
  const merged = {
    capabilities: worstCapabilities(parts),
    scheduled: 0,
    sent: 0,
    notSent: 0,
    lateness: worstLateness(parts),
    receiveOverflows: addDrops(parts, 'receiveOverflows'),
    hostDrops: addDrops(parts, 'hostDrops'),
    reflectorOverflows: addDrops(parts, 'reflectorOverflows'),
    stalls: 0,
    worstStallMs: Number.NEGATIVE_INFINITY,
    stampsMissing: 0,
    leftRealTime: false,
  }
  for (const part of parts) {
    merged.scheduled += part.scheduled
    merged.sent += part.sent
    merged.notSent += part.notSent
    merged.stalls += part.stalls
    merged.worstStallMs = Math.max(merged.worstStallMs, part.worstStallMs)
    merged.stampsMissing += part.stampsMissing
    merged.leftRealTime ||= part.leftRealTime
  }
  return merged
}

/** Clocks of the interval: a host is only as good as in its worst window, and unknown once is unknown. */
export function mergeClocks(parts: readonly Clocks[]): Clocks {
  const agents: HostClock[] = []
  const reflectors: HostClock[] = []
  let fault: Clocks['fault'] = null
  for (const { agent, reflector, fault: found } of parts) {
    agents.push(agent)
    if (reflector !== null) reflectors.push(reflector)
    if (fault === null || found === 'contradiction') fault = found
  }
  return {
    agent: worstClock(agents),
    reflector: reflectors.length === parts.length ? worstClock(reflectors) : null,
    offset: widestOffset(parts),
    fault,
  }
}

function worstCapabilities(parts: readonly Instrument[]): Capabilities {
  const worst: Capabilities = {
    engine: 'linux',
    setTos: true,
    seeTos: true,
    seeTtl: true,
    receiveStamp: 'kernel',
    transmitStamp: 'kernel',
    scheduling: 'fifo',
    seeEgress: true,
    rawIcmp: true,
  }
  for (const { capabilities: part } of parts) {
    if (part.engine !== 'linux') worst.engine = 'dgram'
    worst.setTos &&= part.setTos
    worst.seeTos &&= part.seeTos
    worst.seeTtl &&= part.seeTtl
    if (part.receiveStamp !== 'kernel') worst.receiveStamp = 'user'
    if (part.transmitStamp !== 'kernel') worst.transmitStamp = 'user'
    if (SCHEDULING[part.scheduling] < SCHEDULING[worst.scheduling])
      worst.scheduling = part.scheduling
    worst.seeEgress &&= part.seeEgress
    worst.rawIcmp &&= part.rawIcmp
  }
  return worst
}

function worstLateness(parts: readonly Instrument[]): Instrument['lateness'] {
  let worst: Instrument['lateness'] = null
  for (const { lateness } of parts) {
    if (lateness === null) continue
    const { p50Ms, p99Ms, maxMs }: typeof lateness = worst ?? lateness
    worst = {
      p50Ms: Math.max(p50Ms, lateness.p50Ms),
      p99Ms: Math.max(p99Ms, lateness.p99Ms),
      maxMs: Math.max(maxMs, lateness.maxMs),
    }
  }
  return worst
}

type Drops = 'receiveOverflows' | 'hostDrops' | 'reflectorOverflows'

/** Known drops count even if another window is unknown; "none" needs every window to have looked. */
function addDrops(parts: readonly Instrument[], of: Drops): number | null {
  let sum = 0
  let unknown = false
  for (const part of parts) {
    const drops = part[of]
    if (drops === null) unknown = true
    else sum += drops
  }
  return sum === 0 && unknown ? null : sum
}

function worstClock(parts: readonly HostClock[]): HostClock {
  const worst: HostClock = {
    synchronised: true,
    maxErrorMs: Number.NEGATIVE_INFINITY,
    source: 'adjtimex',
    steps: 0,
  }
  for (const { synchronised, maxErrorMs, source, steps } of parts) {
    worst.synchronised &&= synchronised
    if (maxErrorMs === null || worst.maxErrorMs === null) worst.maxErrorMs = null
    else worst.maxErrorMs = Math.max(worst.maxErrorMs, maxErrorMs)
    if (source !== 'adjtimex') worst.source = 'none'
    worst.steps += steps
  }
  return worst
}

/** Where the offset was bounded at all, it lay within this. */
function widestOffset(parts: readonly Clocks[]): Clocks['offset'] {
  let widest: Clocks['offset'] = null
  for (const { offset } of parts) {
    if (offset === null) continue
    const { lowMs, highMs, method }: typeof offset = widest ?? offset
    widest = {
      lowMs: Math.min(lowMs, offset.lowMs),
      highMs: Math.max(highMs, offset.highMs),
      method: offset.method === 'minima+clock' ? method : 'minima',
    }
  }
  return widest
}
