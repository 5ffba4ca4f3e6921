import type { Step } from '../steps.ts'

/** The tables of this part. */
export const plansStep: Step = () => [
  `create table plan (
    site text not null, version integer not null, sha256 text not null, body text not null,
    at_ms bigint not null, actor text not null,
    primary key (site, version))`,
  'create index plan_by_time on plan (site, at_ms)',
  `create table plan_report (
    site text not null, agent text not null, version integer not null, applied integer,
    why text not null, at_ms bigint not null,
    primary key (site, agent))`,
  `create table run (
    site text not null, id text not null, ask text not null, state text not null,
    actor text not null, agent text, asked_ms bigint not null, taken_ms bigint, heard_ms bigint,
    ended_ms bigint, cancel integer not null, why text not null, result text, judged text,
    primary key (site, id))`,
  'create index run_by_state on run (site, state)',
  `create table run_event (
    site text not null, id text not null, number integer not null, body text not null,
    primary key (site, id, number))`,
]
