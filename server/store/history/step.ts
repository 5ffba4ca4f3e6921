import type { Step } from '../steps.ts'

const FAR_END = (bytes: string) => `(
  site text not null, from_ms bigint not null, far_end text not null, segment text not null,
  windows bigint not null, sent_out bigint not null, lost_out bigint not null,
  sent_back bigint not null, lost_back bigint not null, unattributed bigint not null,
  delay_out_low_us bigint, delay_out_high_us bigint, delay_back_low_us bigint,
  delay_back_high_us bigint, jitter_out_us bigint, jitter_back_us bigint,
  seen_out bigint not null, marked_out bigint not null, seen_back bigint not null,
  marked_back bigint not null, gap_ms bigint not null, gaps text not null,
  verdicts text not null, body ${bytes} not null,
  primary key (site, from_ms, far_end, segment))`

/** Records that are there already wait to be rolled up like new ones. */
const SEED = (edge: string) => `insert into history_dirty
  (site, kind, from_ms, version, due_ms, claim, claim_until_ms)
  select site, 'interval', ((${edge}) / 900000) * 900000, 1, 0, '', 0 from record where true
  group by site, ((${edge}) / 900000) * 900000
  on conflict (site, kind, from_ms) do nothing`

/** Quarter hours, days, verdict intervals, pins, and the queue of what is to be rolled up. */
export const historyStep: Step = ({ bytes }) => [
  `create table history_dirty (
    site text not null, kind text not null, from_ms bigint not null, version bigint not null,
    due_ms bigint not null, claim text not null, claim_until_ms bigint not null,
    primary key (site, kind, from_ms))`,
  'create index history_dirty_by_due on history_dirty (due_ms)',
  `create table history_period (
    site text not null, from_ms bigint not null, overall text not null, cause text not null,
    profile_sha256 text not null, records bigint not null, left_out bigint not null,
    findings_sha256 text not null, told text not null,
    primary key (site, from_ms))`,
  `create table history_interval ${FAR_END(bytes)}`,
  `create table history_day ${FAR_END(bytes)}`,
  `create table history_site_day (
    site text not null, from_ms bigint not null, ready bigint not null,
    not_ready bigint not null, cannot_say bigint not null,
    primary key (site, from_ms))`,
  `create table history_verdict (
    site text not null, line text not null, leg text not null, far_end text not null,
    segment text not null, from_ms bigint not null, to_ms bigint not null,
    verdict text not null, reason text not null,
    primary key (site, line, leg, far_end, segment, from_ms))`,
  'create index history_verdict_by_time on history_verdict (site, to_ms)',
  `create table history_pin (
    site text not null, id text not null, from_ms bigint not null, to_ms bigint not null,
    why text not null, pinned_by text not null, entered_ms bigint not null, released_ms bigint,
    primary key (site, id))`,
  'create table history_site (site text not null, written bigint not null, primary key (site))',
  `create table collector_uptime (
    collector text not null, from_ms bigint not null, to_ms bigint not null,
    primary key (collector, from_ms))`,
  'create table history_mark (name text not null primary key, at_ms bigint not null)',
  SEED('from_ms'),
  SEED('to_ms - 1'),
]
