import { LONGEST_VALIDITY_MS } from '../../shared/verdict/rounds.ts'
import { MAX_RUN_RECORDS, RUN_HOLDS_MS } from '../../shared/verdict/runs.ts'
import type { Store } from '../store/store.ts'
import type { LiveSites } from './live.ts'
import { parseStored } from './parse.ts'

/** Records of a site that its round is read from: two rounds in up to four parts. */
const ROUND_RECORDS = 8
/**
 * An agent's clock may be ahead of this host's by so much: its run is known at once, and holds from
 * when it says that it ended.
 */
const AHEAD_MS = 24 * 3_600_000

export interface CarriedParts {
  readonly store: Pick<Store, 'carried'>
  readonly live: LiveSites
}

/**
 * Takes over what holds of these sites besides voice: it may be older than their newest record.
 * @param each sites that are read at once, at most 100
 */
export async function loadCarried(
  { store, live }: CarriedParts,
  sites: readonly string[],
  nowMs: number,
  each: number,
): Promise<void> {
  const rounds = {
    ...{ untilMs: nowMs, afterMs: nowMs - LONGEST_VALIDITY_MS },
    each: ROUND_RECORDS,
  }
  const runs = {
    ...{ untilMs: nowMs + AHEAD_MS, afterMs: nowMs - RUN_HOLDS_MS },
    each: MAX_RUN_RECORDS,
  }
  for (let at = 0; at < sites.length; at += each) {
    const some = sites.slice(at, at + each)
    for (const row of await store.carried('round', some, rounds)) live.loadRound(parseStored(row))
    for (const row of await store.carried('run', some, runs)) live.loadRun(row)
  }
}
