import * as v from 'valibot'
import { type DhcpObservation, DhcpObservationSchema } from './dhcp.ts'
import { type DnsObservation, DnsObservationSchema } from './dns.ts'
import { type LinkObservation, LinkObservationSchema } from './link.ts'
import { type StreamObservation, StreamObservationSchema } from './observation.ts'

/**
 * Every kind of observation. Each has `kind`, `farEnd` (`none` where it belongs to the site alone),
 * `from` and `to`; what a probe saw beyond that is its own.
 */
export const ObservationSchema = v.variant('kind', [
  StreamObservationSchema,
  LinkObservationSchema,
  DnsObservationSchema,
  DhcpObservationSchema,
])
export type Observation = v.InferOutput<typeof ObservationSchema>

/** The windows of streams among observations of any kind. */
export function streamsOf(observations: readonly Observation[]): StreamObservation[] {
  return observations.filter((seen) => seen.kind === 'stream')
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

function newest<T extends { readonly to: number }>(seen: readonly T[]): T | null {
  return seen.reduce<T | null>(
    (last, one) => (last === null || one.to >= last.to ? one : last),
    null,
  )
}
