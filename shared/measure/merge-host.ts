import type { StreamObservation } from '../record/observation.ts'

type Instrument = StreamObservation['instrument']
type Capabilities = Instrument['capabilities']
type Clocks = StreamObservation['clocks']
type HostClock = Clocks['agent']

const SCHEDULING = ['normal', 'nice', 'fifo'] as const

/** Adds the instrument's counts and keeps the worst of what cannot add. */
export function mergeInstruments(parts: readonly Instrument[]): Instrument {
  const total = (count: (part: Instrument) => number) =>
    parts.reduce((sum, part) => sum + count(part), 0)
  return {
    capabilities: worstCapabilities(parts.map((part) => part.capabilities)),
    scheduled: total((part) => part.scheduled),
    sent: total((part) => part.sent),
    notSent: total((part) => part.notSent),
    lateness: worstLateness(parts.map((part) => part.lateness)),
    receiveOverflows: addDrops(parts.map((part) => part.receiveOverflows)),
    hostDrops: addDrops(parts.map((part) => part.hostDrops)),
    reflectorOverflows: addDrops(parts.map((part) => part.reflectorOverflows)),
    stalls: total((part) => part.stalls),
    worstStallMs: Math.max(...parts.map((part) => part.worstStallMs)),
    stampsMissing: total((part) => part.stampsMissing),
    leftRealTime: parts.some((part) => part.leftRealTime),
  }
}

/** Clocks of the interval: a host is only as good as in its worst window, and unknown once is unknown. */
export function mergeClocks(parts: readonly Clocks[]): Clocks {
  const reflectors = parts.map((part) => part.reflector)
  const known = reflectors.filter((clock) => clock !== null)
  const faults = parts.map((part) => part.fault)
  return {
    agent: worstClock(parts.map((part) => part.agent)),
    reflector: known.length === reflectors.length ? worstClock(known) : null,
    offset: widestOffset(parts.map((part) => part.offset)),
    fault: faults.includes('contradiction')
      ? 'contradiction'
      : (faults.find((fault) => fault !== null) ?? null),
  }
}

function worstCapabilities(parts: readonly Capabilities[]): Capabilities {
  const every = (able: (part: Capabilities) => boolean) => parts.every(able)
  const scheduling = Math.min(...parts.map((part) => SCHEDULING.indexOf(part.scheduling)))
  return {
    engine: every((part) => part.engine === 'linux') ? 'linux' : 'dgram',
    setTos: every((part) => part.setTos),
    seeTos: every((part) => part.seeTos),
    seeTtl: every((part) => part.seeTtl),
    receiveStamp: every((part) => part.receiveStamp === 'kernel') ? 'kernel' : 'user',
    transmitStamp: every((part) => part.transmitStamp === 'kernel') ? 'kernel' : 'user',
    scheduling: SCHEDULING[scheduling] ?? 'normal',
    seeEgress: every((part) => part.seeEgress),
    rawIcmp: every((part) => part.rawIcmp),
  }
}

function worstLateness(parts: readonly Instrument['lateness'][]): Instrument['lateness'] {
  const known = parts.filter((part) => part !== null)
  if (known.length === 0) return null
  return {
    p50Ms: Math.max(...known.map((part) => part.p50Ms)),
    p99Ms: Math.max(...known.map((part) => part.p99Ms)),
    maxMs: Math.max(...known.map((part) => part.maxMs)),
  }
}

/** Known drops count even if another window is unknown; "none" needs every window to have looked. */
function addDrops(parts: readonly (number | null)[]): number | null {
  const sum = parts.reduce<number>((total, part) => total + (part ?? 0), 0)
  return sum === 0 && parts.includes(null) ? null : sum
}

function worstClock(parts: readonly HostClock[]): HostClock {
  const errors = parts.map((part) => part.maxErrorMs)
  const known = errors.filter((error) => error !== null)
  return {
    synchronised: parts.every((part) => part.synchronised),
    maxErrorMs: known.length === errors.length ? Math.max(...known) : null,
    source: parts.every((part) => part.source === 'adjtimex') ? 'adjtimex' : 'none',
    steps: parts.reduce((sum, part) => sum + part.steps, 0),
  }
}

/** Where the offset was bounded at all, it lay within this. */
function widestOffset(parts: readonly Clocks['offset'][]): Clocks['offset'] {
  const known = parts.filter((part) => part !== null)
  if (known.length === 0) return null
  return {
    lowMs: Math.min(...known.map((part) => part.lowMs)),
    highMs: Math.max(...known.map((part) => part.highMs)),
    method: known.every((part) => part.method === 'minima+clock') ? 'minima+clock' : 'minima',
  }
}
