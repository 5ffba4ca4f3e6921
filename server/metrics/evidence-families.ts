import type { AgentRecord } from '../../shared/record/record.ts'
import type { Sample, SiteFamily, SiteView } from './site-family.ts'

const SECONDS = 1e-3

/** What the newest record says of itself: who made it, by which clock, and who else vouches for it. */
export function evidenceFamilies(): SiteFamily[] {
  return [
    gauge('agent_info', 'Version and packet engine of an agent; always 1.', agents),
    gauge(
      'agent_clock_error_seconds',
      'Largest error that the host of the agent states for its clock over the newest window.',
      clock((own) => own.maxErrorMs && own.maxErrorMs * SECONDS),
    ),
    gauge(
      'agent_clock_synchronised',
      '1 when the kernel of the agent called its clock synchronised over the newest window.',
      clock((own) => Number(own.synchronised)),
    ),
    gauge(
      'agent_windows_dropped',
      'Windows that the agent could not keep before its newest record (full spool, failing disk).',
      ({ site, records }) =>
        records.map(({ agent, dropped }) => [{ site, agent }, dropped?.windows ?? 0]),
    ),
    ...logFamilies(),
    gauge(
      'evidence_receipt_ratio',
      'Share of the streams of the newest record that a reflector signed a receipt for.',
      receipts,
    ),
    gauge('clock_offset_low_seconds', 'Clock of the reflector is ahead by at least this.', (view) =>
      offsets(view, 'lowMs'),
    ),
    gauge('clock_offset_high_seconds', 'Clock of the reflector is ahead by at most this.', (view) =>
      offsets(view, 'highMs'),
    ),
  ]
}

/** What agents hold of the log of the collector. */
function logFamilies(): SiteFamily[] {
  return [
    gauge(
      'agent_log_fork',
      '1 when the agent holds a fork or a rollback against the log of the collector.',
      ({ site, records }) =>
        records.map(({ agent, fork }) => [{ site, agent }, Number(fork !== undefined)]),
    ),
    gauge(
      'agent_log_seen_size',
      'Leaves of the newest head of the log that the agent has verified.',
      ({ site, records }) =>
        records.map(({ agent, seen }) => [{ site, agent }, seen?.size ?? null]),
    ),
  ]
}

function gauge(name: string, help: string, samples: SiteFamily['samples']): SiteFamily {
  return { name: `voipready_${name}`, type: 'gauge', help, samples }
}

function* agents({ site, records }: SiteView): Iterable<Sample> {
  for (const { agent, tool, observations } of records) {
    const stream = observations.find((seen) => seen.kind === 'stream')
    const engine = stream?.instrument.capabilities.engine ?? 'none'
    yield [{ site, agent, version: tool.version, engine }, 1]
  }
}

type OwnClock = NonNullable<AgentRecord['clock']>

function clock(read: (own: OwnClock) => number | null): SiteFamily['samples'] {
  return function* ({ site, records }) {
    for (const { agent, clock: own } of records) {
      yield [{ site, agent }, own === undefined ? null : read(own)]
    }
  }
}

/** A record without streams, or of an agent that knows of no receipts at all, has no share. */
function* receipts({ site, records }: SiteView): Iterable<Sample> {
  for (const { agent, evidence } of records) {
    if (evidence === undefined || evidence.length === 0) continue
    const signed = evidence.filter(({ receipts }) => receipts.length > 0).length
    yield [{ site, agent }, signed / evidence.length]
  }
}

function* offsets({ site, observations }: SiteView, side: 'lowMs' | 'highMs'): Iterable<Sample> {
  for (const { farEnd, clocks } of observations) {
    yield [{ site, far_end: farEnd }, clocks.offset && clocks.offset[side] * SECONDS]
  }
}
