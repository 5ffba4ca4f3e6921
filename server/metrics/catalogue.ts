import type { Leg, StreamObservation } from '../../shared/record/observation.ts'
import type { LegTotals } from '../ingest/leg-totals.ts'
import { evidenceFamilies } from './evidence-families.ts'
import { roundFamilies } from './round-families.ts'
import type { Sample, SiteFamily } from './site-family.ts'
import { verdictFamilies } from './verdict-families.ts'

const SECONDS = 1e-3
const LEGS = ['out', 'back'] as const

/**
 * Every series of a site: base units, and labels with closed sets of values only (site, far_end,
 * leg, stat, clock, fault, clause, verdict, reason, state, engine; names of agents). A null value makes no sample: what is not known
 * is absent, never 0.
 */
export const SITE_FAMILIES: readonly SiteFamily[] = [
  gauge('site_info', 'Profile that the site is judged by; always 1.', function* (view) {
    const { id, version, sha256 } = view.profile
    yield [{ site: view.site, profile: id, profile_version: version, profile_sha256: sha256 }, 1]
  }),
  gauge('window_end_timestamp_seconds', 'End of the newest window.', function* (view) {
    yield [{ site: view.site }, view.windowEndMs * SECONDS]
  }),
  perLeg('loss_ratio', 'Share of packets of the newest window lost on this leg.', (leg) => [
    [{}, ratio(leg.loss.lost, leg.loss.expected)],
  ]),
  total('packets_sent_total', 'Packets that left the sender of this leg.', 'sent'),
  total('packets_lost_total', 'Packets proven lost on this leg.', 'lost'),
  total(
    'packets_unattributed_total',
    'Packets lost on this leg or the other; nothing tells which.',
    'unattributed',
  ),
  total('packets_late_total', 'Packets that came after the play-out limit.', 'late'),
  total('packets_duplicated_total', 'Packets that arrived again.', 'duplicated'),
  total('packets_reordered_total', 'Packets that arrived after a later one.', 'reordered'),
  perLeg('delay_low_seconds', 'One-way delay is at least this.', ({ delay }) => [
    [{ stat: 'p50' }, seconds(delay?.atLeast.p50)],
    [{ stat: 'p95' }, seconds(delay?.atLeast.p95)],
  ]),
  perLeg('delay_high_seconds', 'One-way delay is at most this.', ({ delay }) => [
    [{ stat: 'p50' }, seconds(delay?.atMost.p50)],
    [{ stat: 'p95' }, seconds(delay?.atMost.p95)],
  ]),
  perLeg('jitter_seconds', 'Interarrival jitter (RFC 3550) over the packets.', ({ jitter }) => [
    [{ stat: 'p95' }, seconds(jitter?.running.p95)],
    [{ stat: 'max' }, seconds(jitter?.running.max)],
  ]),
  perFarEnd('rtt_seconds', 'Round trip less the dwell in the reflector.', ({ rtt }) => [
    [{ stat: 'p50' }, seconds(rtt?.p50)],
    [{ stat: 'p95' }, seconds(rtt?.p95)],
    [{ stat: 'max' }, seconds(rtt?.max)],
  ]),
  perLeg('mos_low', 'Estimated MOS (G.107), lower end; information only.', ({ quality }) => [
    [{}, quality?.mosLow ?? null],
  ]),
  perLeg('mos_high', 'Estimated MOS (G.107), upper end; information only.', ({ quality }) => [
    [{}, quality?.mosHigh ?? null],
  ]),
  perLeg('dscp_received_ratio', 'Share of packets that arrived with the mark set.', (leg, seen) => [
    [{}, markShare(leg, seen.dscp)],
  ]),
  perLeg('dscp_received_value', 'DSCP that most packets arrived with.', (leg) => [
    [{}, commonestMark(leg)],
  ]),
  ...verdictFamilies(),
  ...roundFamilies(),
  ...evidenceFamilies(),
  perFarEnd('clock_error_seconds', 'Largest error that the host states for its clock.', (seen) => [
    [{ clock: 'agent' }, seconds(seen.clocks.agent.maxErrorMs)],
    [{ clock: 'reflector' }, seconds(seen.clocks.reflector?.maxErrorMs)],
  ]),
  perFarEnd('clock_synchronised', '1 when the kernel calls its clock synchronised.', (seen) => [
    [{ clock: 'agent' }, Number(seen.clocks.agent.synchronised)],
    [{ clock: 'reflector' }, flag(seen.clocks.reflector?.synchronised)],
  ]),
  perFarEnd('clock_fault', '1 when one-way figures are void for this reason.', ({ clocks }) => [
    [{ fault: 'contradiction' }, Number(clocks.fault === 'contradiction')],
    [{ fault: 'step' }, Number(clocks.fault === 'step')],
  ]),
  perFarEnd('instrument_lateness_seconds', 'Own lateness of sending.', ({ instrument }) => [
    [{ stat: 'p50' }, seconds(instrument.lateness?.p50Ms)],
    [{ stat: 'p99' }, seconds(instrument.lateness?.p99Ms)],
    [{ stat: 'max' }, seconds(instrument.lateness?.maxMs)],
  ]),
  perFarEnd('instrument_unsent_packets', 'Packets the host failed to send.', ({ instrument }) => [
    [{}, instrument.notSent],
  ]),
  perFarEnd('instrument_dropped_packets', 'Packets dropped by the own host.', ({ instrument }) => [
    [{}, instrument.receiveOverflows],
  ]),
]

function gauge(name: string, help: string, samples: SiteFamily['samples']): SiteFamily {
  return { name: `voipready_${name}`, type: 'gauge', help, samples }
}

function perFarEnd(
  name: string,
  help: string,
  read: (seen: StreamObservation) => Sample[],
): SiteFamily {
  return gauge(name, help, function* ({ site, observations }) {
    for (const seen of observations) {
      for (const [extra, value] of read(seen)) {
        yield [{ site, far_end: seen.farEnd, ...extra }, value]
      }
    }
  })
}

function perLeg(
  name: string,
  help: string,
  read: (leg: Leg, seen: StreamObservation) => Sample[],
): SiteFamily {
  return gauge(name, help, function* ({ site, observations }) {
    for (const seen of observations) {
      for (const leg of LEGS) {
        for (const [extra, value] of read(seen.legs[leg], seen)) {
          yield [{ site, far_end: seen.farEnd, leg, ...extra }, value]
        }
      }
    }
  })
}

/** Counters run from the start of the collector and may fall back to 0, as Prometheus expects. */
function total(name: string, help: string, key: keyof LegTotals): SiteFamily {
  const samples: SiteFamily['samples'] = function* ({ site, totals }) {
    for (const [place, counts] of totals) {
      const [far_end = '', leg = ''] = place.split('/')
      yield [{ site, far_end, leg }, counts[key]]
    }
  }
  return { name: `voipready_${name}`, type: 'counter', help, samples }
}

function seconds(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : ms * SECONDS
}

function flag(value: boolean | undefined): number | null {
  return value === undefined ? null : Number(value)
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

/** The DSCP is the upper six bits of the octet (RFC 2474 section 3). */
function markShare({ tos }: Leg, dscp: number): number | null {
  const packets = tos.seen.reduce((sum, seen) => sum + seen.packets, 0)
  const marked = tos.seen.filter((seen) => seen.value >> 2 === dscp)
  return ratio(
    marked.reduce((sum, seen) => sum + seen.packets, 0),
    packets,
  )
}

function commonestMark({ tos }: Leg): number | null {
  const [first, ...rest] = tos.seen
  if (first === undefined) return null
  return rest.reduce((best, seen) => (seen.packets > best.packets ? seen : best), first).value >> 2
}
