import * as v from 'valibot'
import { type DhcpObservation, DhcpObservationSchema } from './dhcp.ts'
import { type DnsObservation, DnsObservationSchema } from './dns.ts'
import { InstrumentSchema } from './instrument.ts'
import { type LinkObservation, LinkObservationSchema } from './link.ts'
import {
  DistributionSchema,
  GapSchema,
  HostClockSchema,
  LegSchema,
  type StreamObservation,
  StreamObservationSchema,
} from './observation.ts'
import { type PathObservation, PathObservationSchema } from './path.ts'
import { type PortsObservation, PortsObservationSchema } from './ports.ts'
import { type QosObservation, QosObservationSchema } from './qos.ts'
import { type SipAlgObservation, SipAlgObservationSchema } from './sip-alg.ts'

/**
 * Every kind of observation. Each has `kind`, `farEnd` (`none` where it belongs to the site alone),
 * `from` and `to`; what a probe saw beyond that is its own.
 */
export const ObservationSchema = v.variant('kind', [
  StreamObservationSchema,
  LinkObservationSchema,
  DnsObservationSchema,
  DhcpObservationSchema,
  PathObservationSchema,
  SipAlgObservationSchema,
  PortsObservationSchema,
  QosObservationSchema,
])
/** Parts that stand in several places: a JSON Schema names each once and refers to it. */
export const OBSERVATION_PARTS = {
  Distribution: DistributionSchema,
  Gap: GapSchema,
  HostClock: HostClockSchema,
  Instrument: InstrumentSchema,
  Leg: LegSchema,
} as const
export type Observation = v.InferOutput<typeof ObservationSchema>

/** The windows of end-to-end streams among observations of any kind. */
export function streamsOf(observations: readonly Observation[]): StreamObservation[] {
  return streams(observations).filter(({ segment, ramp }) => segment === undefined && ramp !== true)
}

/** The steps of capacity runs: load of our own making, so kept apart from what the way does by itself. */
export function rampsOf(observations: readonly Observation[]): StreamObservation[] {
  return streams(observations).filter(({ ramp }) => ramp === true)
}

/** The windows of streams to the borders of segments: no far end's voice, so kept apart. */
export function segmentStreamsOf(observations: readonly Observation[]): StreamObservation[] {
  return streams(observations).filter(({ segment }) => segment !== undefined)
}

/** What was seen of the ways, the newest last. */
export function pathsOf(observations: readonly Observation[]): PathObservation[] {
  return observations.filter((seen) => seen.kind === 'path').sort((a, b) => a.to - b.to)
}

/** What became of SIP messages, the newest last. */
export function sipAlgsOf(observations: readonly Observation[]): SipAlgObservation[] {
  return observations.filter((seen) => seen.kind === 'sip-alg').sort((a, b) => a.to - b.to)
}

/** What was seen of marked and unmarked voice under load, the newest last. */
export function qosOf(observations: readonly Observation[]): QosObservation[] {
  return observations.filter((seen) => seen.kind === 'qos').sort((a, b) => a.to - b.to)
}

/** What was seen of the links, the newest last. */
export function linksOf(observations: readonly Observation[]): LinkObservation[] {
  return observations.filter((seen) => seen.kind === 'link').sort((a, b) => a.to - b.to)
}

/** The newest look at the DNS servers; null when nobody looked. */
export function dnsOf(observations: readonly Observation[]): DnsObservation | null {
  return newest(observations.filter((seen) => seen.kind === 'dns'))
}

/** The newest look at the DHCP servers; null when nobody looked. */
export function dhcpOf(observations: readonly Observation[]): DhcpObservation | null {
  return newest(observations.filter((seen) => seen.kind === 'dhcp'))
}

/** What was seen of ports, the newest first. */
export function portsOf(observations: readonly Observation[]): PortsObservation[] {
  return observations.filter((seen) => seen.kind === 'ports').sort((a, b) => b.to - a.to)
}

function newest<T extends { readonly to: number }>(seen: readonly T[]): T | null {
  return seen.reduce<T | null>(
    (last, one) => (last === null || one.to >= last.to ? one : last),
    null,
  )
}

function streams(observations: readonly Observation[]): StreamObservation[] {
  return observations.filter((seen) => seen.kind === 'stream')
}
