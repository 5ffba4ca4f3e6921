import type { Step } from '../steps.ts'

/** Sites and customers, agents' keys, people, tokens, sessions, and what was done with them. */
export const accessStep: Step = ({ bytes }) => [
  'create table access_revision (id integer not null primary key, n bigint not null)',
  'insert into access_revision (id, n) values (1, 0)',
  `create table site (
    site text not null primary key, customer text, labels text not null,
    added_ms bigint not null, revision bigint not null)`,
  `create table enrol_token (
    id text not null primary key, secret_sha256 text not null, site text not null, agent text,
    created_by text not null, created_ms bigint not null, expires_ms bigint not null,
    used_ms bigint, used_agent text, used_key_id text)`,
  `create table agent_key (
    site text not null, agent text not null, key_id text not null, public_key ${bytes} not null,
    state text not null, added_ms bigint not null, expires_ms bigint not null, ended_ms bigint,
    revision bigint not null,
    primary key (site, agent, key_id))`,
  'create index agent_key_by_revision on agent_key (revision)',
  `create table user_account (
    name text not null primary key, password text not null, role text not null, customer text,
    disabled integer not null, added_ms bigint not null, last_login_ms bigint)`,
  `create table api_token (
    id text not null primary key, secret_sha256 text not null, name text not null,
    role text not null, customer text, site text, agent text, added_ms bigint not null,
    expires_ms bigint, last_used_ms bigint, revoked_ms bigint, revision bigint not null)`,
  `create table session (
    id_sha256 text not null primary key, account text not null, csrf text not null,
    created_ms bigint not null, seen_ms bigint not null, expires_ms bigint not null)`,
  `create table login_failure (
    subject text not null primary key, failures integer not null, last_ms bigint not null,
    until_ms bigint not null)`,
  `create table audit (
    id text not null primary key, at_ms bigint not null, actor text not null, action text not null,
    site text, detail text not null)`,
]
