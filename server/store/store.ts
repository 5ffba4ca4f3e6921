import type { Books } from './books.ts'
import type { RecordRow } from './record-row.ts'
import type { WorkerSetup } from './thread/protocol.ts'

/**
 * The one door to what is kept. Two dialects stand behind it (SQLite and PostgreSQL) and
 * both pass test/server/store/contract.ts. Every method is safe to repeat.
 */

/** `conflict`: this place in the agent's sequence is taken by other bytes; nothing was stored. */
export type AppendOutcome = 'stored' | 'repeated' | 'conflict'

/** What is read back to judge or to show: everything but the envelope's frame. */
export type StoredRecord = Omit<RecordRow, 'frame' | 'frameAt' | 'leafHash' | 'carries'>

/** The newest record of one agent, and when anything last came from it. */
export interface AgentState {
  readonly newest: StoredRecord
  readonly lastReceivedMs: number
}

/** What names an agent. */
export interface AgentKey {
  readonly site: string
  readonly agent: string
}

/** That something came from an agent, to whichever collector. */
export interface AgentMark {
  readonly site: string
  readonly agent: string
  readonly boot: string
  readonly sequence: number
  readonly lastReceivedMs: number
  /** When the newest record with a round or a run came; null: none. */
  readonly roundMs: number | null
}

/** How much of one boot of one agent is here: `maxSequence - records` are missing. */
export interface BootState {
  readonly site: string
  readonly agent: string
  readonly boot: string
  readonly records: number
  readonly maxSequence: number
}

export interface StoredProfile {
  readonly sha256: string
  readonly id: string
  readonly version: string
  /** JSON text of the parsed profile. */
  readonly body: string
  readonly addedMs: number
}

/** What the store says of itself, read from the open database and not from its settings. */
export interface StoreHealth {
  readonly dialect: 'sqlite' | 'postgres'
  readonly schemaVersion: number
  /** SQLite: `PRAGMA synchronous` of the writing connection; 2 is FULL. */
  readonly synchronous: number | null
}

/** A period of a site. Milliseconds since 1970. */
export interface SitePeriod {
  readonly site: string
  /** [fromMs, toMs) */
  readonly fromMs: number
  readonly toMs: number
}

/** What a period is judged on. */
export interface Grounds {
  /** As many as may be judged, and one more; what {@link Store.between} finds, without what judging does not ask. */
  readonly records: readonly Pick<StoredRecord, 'profileSha256' | 'packed'>[]
  readonly rounds: readonly StoredRecord[]
  readonly runs: readonly StoredRecord[]
}

export interface Store extends Books {
  /** One transaction; when the promise resolves the rows are on disk. Outcomes in the rows' order. */
  append(rows: readonly RecordRow[]): Promise<readonly AppendOutcome[]>
  /**
   * The newest record of every agent of every site, by site and agent.
   * @param after the agent that a page before this one ended with; null, or left out: the first page
   * @param limit agents of a page; left out: all
   */
  newest(after?: AgentKey | null, limit?: number): Promise<readonly AgentState[]>
  boots(): Promise<readonly BootState[]>
  /** Agents that anything came from at `sinceMs` or later, at most `limit`, longest ago first. */
  changed(sinceMs: number, limit: number): Promise<readonly AgentMark[]>
  /** The newest record, and the boots, of these agents (at most 100 of them). */
  agents(
    keys: readonly AgentKey[],
  ): Promise<{ readonly states: readonly AgentState[]; readonly boots: readonly BootState[] }>
  /** Records of a site whose window touches [fromMs, toMs), oldest first, at most `limit`. */
  between(
    site: string,
    fromMs: number,
    toMs: number,
    limit: number,
  ): Promise<readonly StoredRecord[]>
  /** Records of a site that carry rounds and end in (afterMs, untilMs], newest first. */
  rounds(
    site: string,
    afterMs: number,
    untilMs: number,
    limit: number,
  ): Promise<readonly StoredRecord[]>
  /** Records of a site that carry runs and end in (afterMs, untilMs], in order of `inRunOrder`. */
  runs(
    site: string,
    afterMs: number,
    untilMs: number,
    limit: number,
  ): Promise<readonly StoredRecord[]>
  /** What each of these periods, which are over, is judged on (at most 100 of them), in one question. */
  grounds(periods: readonly SitePeriod[]): Promise<readonly Grounds[]>
  /** As `rounds` and `runs` of each of these sites (at most 100 of them), by site, in one question. */
  carried(
    carries: 'round' | 'run',
    sites: readonly string[],
    period: { readonly afterMs: number; readonly untilMs: number; readonly each: number },
  ): Promise<readonly StoredRecord[]>
  /** The envelope of one record, byte for byte as it was received; null when there is none. */
  envelope(site: string, agent: string, boot: string, sequence: number): Promise<Uint8Array | null>
  putProfile(profile: StoredProfile): Promise<void>
  profiles(): Promise<readonly StoredProfile[]>
  /** Writes, durably, what changes nothing; rejects for the reason why records could not be stored. */
  writable(): Promise<void>
  health(): Promise<StoreHealth>
  /** How another thread opens the same database for itself, only to read: see `openAside`. */
  readonly aside: WorkerSetup
  close(): Promise<void>
}

/**
 * How new a record is: the earlier of its window's end and its arrival, so that neither a backlog nor
 * an agent whose clock runs ahead can pose as the present.
 */
export function freshness(record: {
  readonly toMs: number
  readonly receivedMs: number
  readonly carries?: RecordRow['carries']
}): number {
  // What a run showed speaks of its own time, and takes the place of no minute.
  const ofRun = record.carries === 'run' || record.carries === 'look'
  return ofRun ? 0 : Math.min(record.toMs, record.receivedMs)
}
