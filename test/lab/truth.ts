import type { Fate, Leg } from './router/impairment.ts'
import { type PacketTruth, parseTruthLog } from './router/truth-log.ts'

/** Which packets to count. Times are wall clock, milliseconds since 1970, of the arrival. */
export interface Selection {
  readonly leg: Leg
  readonly fromMs?: number
  readonly untilMs?: number
  readonly ssrc?: number
  /** Default true: only what looks like RTP. False: only the rest. 'any': both. */
  readonly rtp?: boolean | 'any'
  /** Source or destination port. */
  readonly port?: number
  /** Mark on arrival. */
  readonly dscp?: number
}

/** What happened on one leg. Counts are exact; delays are of originals that were forwarded. */
export interface LegTruth {
  /** Packets that came to the router, without the copies it made. */
  readonly sent: number
  readonly forwarded: number
  readonly lost: number
  readonly lostBy: Readonly<Partial<Record<Fate, number>>>
  /** Copies that were forwarded beside their originals. */
  readonly duplicated: number
  /** Packets that left after one that had come later, of the same flow (RFC 4737 type-P-reordered). */
  readonly reordered: number
  readonly delayMs: Quantiles
  /** RFC 3550 A.8 over the router's own delays, in order of departure; 8 kHz not rounded. */
  readonly jitterMs: { readonly mean: number; readonly max: number }
  /** By whole seconds of arrival, in order; a second without packets is absent. */
  readonly seconds: readonly SecondTruth[]
  /** How many left with each mark. */
  readonly dscpOut: ReadonlyMap<number, number>
}

export interface SecondTruth {
  /** Seconds since 1970. */
  readonly second: number
  readonly sent: number
  readonly lost: number
}

/** Nearest rank: the smallest value that at least q of all do not exceed. NaN of none. */
export interface Quantiles {
  readonly min: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** The whole truth of one link, read from a router's log. */
export class Truth {
  readonly baseSeconds: number
  readonly packets: readonly PacketTruth[]

  constructor(log: Uint8Array) {
    const { baseSeconds, packets } = parseTruthLog(log)
    this.baseSeconds = baseSeconds
    this.packets = packets
  }

  /** The selected packets in order of arrival, copies behind their originals. */
  select(selection: Selection): readonly PacketTruth[] {
    const fromNs = ((selection.fromMs ?? 0) - this.baseSeconds * 1000) * 1e6
    const untilNs = ((selection.untilMs ?? Infinity) - this.baseSeconds * 1000) * 1e6
    const rtp = selection.rtp ?? true
    return this.packets
      .filter(
        (packet) =>
          packet.leg === selection.leg &&
          packet.inNs >= fromNs &&
          packet.inNs < untilNs &&
          (rtp === 'any' || rtp === (packet.rtp !== undefined)) &&
          (selection.ssrc === undefined || selection.ssrc === packet.rtp?.ssrc) &&
          (selection.dscp === undefined || selection.dscp === packet.dscpIn) &&
          (selection.port === undefined ||
            selection.port === packet.sourcePort ||
            selection.port === packet.destinationPort),
      )
      .sort((a, b) => a.arrival - b.arrival || Number(a.copy) - Number(b.copy))
  }

  leg(selection: Selection): LegTruth {
    const packets = this.select(selection)
    const originals = packets.filter((packet) => !packet.copy)
    const lost = originals.filter((packet) => packet.outNs === undefined)
    const departures = packets
      .filter((packet) => packet.outNs !== undefined)
      .sort((a, b) => a.outNs! - b.outNs! || a.arrival - b.arrival)
    const delays = departures.filter(({ copy }) => !copy).map(delayMs)
    return {
      sent: originals.length,
      forwarded: originals.length - lost.length,
      lost: lost.length,
      lostBy: Object.fromEntries(count(lost.map(({ fate }) => fate))),
      duplicated: departures.length - (originals.length - lost.length),
      reordered: countReordered(departures),
      delayMs: quantiles(delays),
      jitterMs: jitter(departures),
      seconds: bySecond(originals, this.baseSeconds),
      dscpOut: count(departures.map(({ dscpOut }) => dscpOut)),
    }
  }

  /** The SSRCs seen on a leg, in order of first arrival. */
  ssrcs(leg: Leg): readonly number[] {
    return [...new Set(this.select({ leg }).map((packet) => packet.rtp!.ssrc))]
  }
}

/** Nearest-rank quantiles of any numbers. */
export function quantiles(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) =>
    sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
  return { min: at(0), p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

function delayMs(packet: PacketTruth): number {
  return (packet.outNs! - packet.inNs) / 1e6
}

/** A packet is late when one of its flow that arrived after it has already left. */
function countReordered(departures: readonly PacketTruth[]): number {
  const newest = new Map<string, number>()
  let reordered = 0
  for (const packet of departures) {
    if (packet.copy) continue
    const flow = `${packet.rtp?.ssrc}/${packet.sourcePort}/${packet.destinationPort}`
    const before = newest.get(flow) ?? -1
    if (packet.arrival < before) reordered++
    else newest.set(flow, packet.arrival)
  }
  return reordered
}

/** Transit differences are delay differences: the sender's pacing is not in it. */
function jitter(departures: readonly PacketTruth[]): LegTruth['jitterMs'] {
  let estimate = 0
  let sum = 0
  let max = 0
  for (let i = 1; i < departures.length; i++) {
    const change = Math.abs(delayMs(departures[i]!) - delayMs(departures[i - 1]!))
    estimate += (change - estimate) / 16
    sum += estimate
    max = Math.max(max, estimate)
  }
  return { mean: departures.length > 1 ? sum / (departures.length - 1) : Number.NaN, max }
}

function bySecond(packets: readonly PacketTruth[], baseSeconds: number): readonly SecondTruth[] {
  const seconds = new Map<number, { sent: number; lost: number }>()
  for (const packet of packets) {
    const second = baseSeconds + Math.floor(packet.inNs / 1e9)
    const row = seconds.get(second) ?? { sent: 0, lost: 0 }
    row.sent++
    if (packet.outNs === undefined) row.lost++
    seconds.set(second, row)
  }
  return [...seconds].map(([second, row]) => ({ second, ...row }))
}

function count<K>(keys: readonly K[]): ReadonlyMap<K, number> {
  const counts = new Map<K, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
