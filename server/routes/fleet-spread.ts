import { spreadSeconds } from '../../shared/record/spread.ts'
import type { LiveSites } from '../ingest/live.ts'
import type { Heartbeats } from '../runs/heartbeats.ts'

export interface Fleet {
  readonly live: Pick<LiveSites, 'size'>
  readonly heartbeats: Pick<Heartbeats, 'sites'>
}

/** Seconds over which the fleet's records are to come: what every answer to an agent says of it. */
export function fleetSpreadSeconds({ live, heartbeats }: Fleet): number {
  // After a start most have asked for work before their first record came.
  return spreadSeconds(Math.max(live.size, heartbeats.sites))
}
