import { SILENT_AFTER_MS } from '../../shared/clock.ts'
import type { LiveAgent } from '../ingest/live.ts'
import { type Family, sample } from './exposition.ts'

export interface AgentView extends LiveAgent {
  readonly site: string
  readonly nowMs: number
}

export interface AgentFamily extends Family {
  readonly sample: (agent: AgentView) => string
}

export const AGENT_UP = 'voipready_agent_up'

export interface ExpiringAgentKey {
  readonly site: string
  readonly agent: string
  readonly expiresMs: number
}

/** Only of keys that an agent should have changed by now. */
export const KEY_EXPIRY: Family = {
  name: 'voipready_agent_key_expiry_timestamp_seconds',
  type: 'gauge',
  help: 'When the key of an agent runs out, where that is within 45 days; it goes on measuring.',
}

export interface RevokedAgent {
  readonly site: string
  readonly agent: string
  /** When the last of its keys (or tokens) was taken back, milliseconds since 1970. */
  readonly sinceMs: number
}

/** It falls silent because somebody wanted that. */
export const AGENT_REVOKED: Family = {
  name: 'voipready_agent_revoked_timestamp_seconds',
  type: 'gauge',
  help: 'When the last key (or token) of an agent was taken back; absent where one is in force.',
}

export interface SilentFarEnds {
  readonly site: string
  readonly agent: string
  readonly silent: readonly { readonly farEnd: string; readonly sinceMs: number }[]
}

/** By the word of an agent that asked for work in the last two minutes: it lives, and no evidence says it yet. */
export const FAR_END_SILENT: Family = {
  name: 'voipready_agent_far_end_silent_since_timestamp_seconds',
  type: 'gauge',
  help: 'Since when nothing comes from a far end, by the word of its living agent; absent otherwise.',
}

export interface MaintainedSite {
  readonly site: string
  readonly untilMs: number
}

/** What is measured meanwhile is judged as ever, and wakes nobody. */
export const MAINTENANCE: Family = {
  name: 'voipready_site_maintenance_until_timestamp_seconds',
  type: 'gauge',
  help: 'Until when a site is under maintenance by its plan; absent where it is not.',
}

/** By its end, so that one failed quarter hour can be told from a second one. */
export const QUARTER_FAILED: Family = {
  name: 'voipready_quarter_failed_timestamp_seconds',
  type: 'gauge',
  help: 'End of the newest quarter hour, where a clause failed over it; absent otherwise.',
}

/** What is known of the agents themselves; these series stay when a site falls silent. */
export const AGENT_FAMILIES: readonly AgentFamily[] = [
  family(
    'agent_up',
    'gauge',
    '1 while records arrive from the agent, of whatever time they are.',
    (agent) => Number(isUp(agent, agent.nowMs)),
  ),
  family(
    'agent_last_record_timestamp_seconds',
    'gauge',
    'When a record last arrived, by the clock of the collector.',
    (agent) => agent.lastReceivedMs / 1000,
  ),
  family(
    'agent_newest_window_timestamp_seconds',
    'gauge',
    'End of the newest window delivered, by the clock of the agent.',
    (agent) => agent.newest.toMs / 1000,
  ),
  family(
    'agent_records_missing',
    'gauge',
    'Records that the agent numbered and that have not arrived (yet).',
    (agent) => agent.missing,
  ),
]

/** True while records arrive from an agent. */
export function isUp(
  { lastReceivedMs }: Pick<LiveAgent, 'lastReceivedMs'>,
  nowMs: number,
): boolean {
  return nowMs - lastReceivedMs <= SILENT_AFTER_MS
}

function family(
  name: string,
  type: Family['type'],
  help: string,
  value: (agent: AgentView) => number,
): AgentFamily {
  const full = `voipready_${name}`
  const one = (agent: AgentView) =>
    sample(full, { site: agent.site, agent: agent.agent }, value(agent))
  return { name: full, type, help, sample: one }
}
