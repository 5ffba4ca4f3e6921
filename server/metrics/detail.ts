import type { Labels } from './exposition.ts'

/** `full`: every series of the catalogue; `core`: the some forty that a NOC's rules and tables need. */
export type Detail = 'core' | 'full'

/** A scrape of more sites than this gets `core` unless it asks: in full they are 200 series a site. */
export const FULL_DETAIL_SITES = 1000

type Keep = (labels: Labels, value: number) => boolean

const all: Keep = () => true
const p95: Keep = ({ stat }) => stat === 'p95'
const holding: Keep = ({ verdict }, value) =>
  value === 1 && (verdict === 'fail' || verdict === 'inconclusive')
const agentsOwn: Keep = ({ clock }) => clock === 'agent'

/**
 * What `core` keeps. A clause has its series while it fails or cannot be
 * told, a reason only beside it, and a
 * clock fault while there is one: rules that ask `== 1` see the same in both.
 */
const CORE: ReadonlyMap<string, Keep> = new Map([
  ['voipready_site_info', all],
  ['voipready_window_end_timestamp_seconds', all],
  ['voipready_agent_info', all],
  ['voipready_loss_ratio', all],
  ['voipready_packets_sent_total', all],
  ['voipready_packets_lost_total', all],
  ['voipready_delay_low_seconds', p95],
  ['voipready_delay_high_seconds', p95],
  ['voipready_jitter_seconds', p95],
  ['voipready_rtt_seconds', p95],
  ['voipready_dscp_received_ratio', all],
  ['voipready_site_verdict', all],
  ['voipready_site_findings', all],
  ['voipready_clause_verdict', holding],
  ['voipready_clause_reason', ({ reason }) => CORE_REASONS.has(reason ?? '')],
  ['voipready_clock_error_seconds', agentsOwn],
  ['voipready_clock_fault', (_labels, value) => value === 1],
  ['voipready_evidence_receipt_ratio', all],
  ['voipready_agent_windows_dropped', (_labels, value) => value > 0],
  ['voipready_agent_clock_synchronised', (_labels, value) => value === 0],
])

/** Reasons that a shipped rule asks for. */
const CORE_REASONS: ReadonlySet<string> = new Set([
  ...['no_reply', 'answered_elsewhere', 'refused', 'no_data', 'host'],
])

/** Whether a sample belongs to a scrape of this detail. */
export function keeps(detail: Detail, family: string, labels: Labels, value: number): boolean {
  return detail === 'full' || (CORE.get(family)?.(labels, value) ?? false)
}

/** Families that `core` leaves out altogether need not be made. */
export function mayKeep(detail: Detail, family: string): boolean {
  return detail === 'full' || CORE.has(family)
}
