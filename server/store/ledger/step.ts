import type { Step } from '../steps.ts'

/** The tables of this part. */
export const ledgerStep: Step = ({ bytes }) => [
  `create table ledger_pending (
    site text not null, ref text not null, received_ms bigint not null, turn integer not null,
    kind text not null, about text not null, leaf ${bytes} not null, body ${bytes},
    late_ms bigint not null,
    primary key (site, ref))`,
  'create index ledger_pending_by_time on ledger_pending (received_ms, turn)',
  `create table ledger_lease (
    name text not null primary key, holder text not null, epoch bigint not null,
    expiry_ms bigint not null)`,
  `create table ledger_log (
    log_id text not null primary key, number integer not null, origin text not null,
    signer text not null, size bigint not null, roots ${bytes} not null,
    opened_ms bigint not null)`,
  `create table ledger_tile (
    log_id text not null, level integer not null, idx bigint not null, hashes ${bytes} not null,
    primary key (log_id, level, idx))`,
  `create table ledger_record (
    site text not null, agent text not null, boot text not null, sequence bigint not null,
    log_id text not null, idx bigint not null,
    primary key (site, agent, boot, sequence))`,
  `create table ledger_entry (
    log_id text not null, idx bigint not null, kind text not null, site text not null,
    about text not null, at_ms bigint not null, body ${bytes} not null,
    primary key (log_id, idx))`,
  'create index ledger_entry_by_site on ledger_entry (log_id, site, idx)',
  'create index ledger_entry_by_subject on ledger_entry (site, kind, about, at_ms)',
  `create table ledger_checkpoint (
    log_id text not null, size bigint not null, note text not null, at_ms bigint not null,
    primary key (log_id, size))`,
  `create table ledger_cosignature (
    log_id text not null, size bigint not null, witness text not null, line text not null,
    at_ms bigint not null,
    primary key (log_id, size, witness))`,
]

/** What stands at a place of the log, to give it out as tiles. */
export const ledgerPlacesStep: Step = () => [
  'create index ledger_record_by_place on ledger_record (log_id, idx)',
]
