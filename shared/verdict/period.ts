import type { AgentRecord } from '../record/record.ts'
import { LONGEST_VALIDITY_MS, type Round, RoundBook } from './rounds.ts'
import { decides, RUN_HOLDS_MS } from './runs.ts'

/**
 * Which records are judged together. The collector and whoever verifies a bundle go by this one
 * rule, so that the same records give the same findings to both. What judges them is not loaded here:
 * the threads of a store read by these rules and judge nothing.
 */

/** Records of one interval that are read at most: 15 windows of 60 agents. */
export const MAX_PERIOD_RECORDS = 900

/** Records with rounds that are read for one judgement: the newest of a day, in their parts. */
export const MAX_ROUND_RECORDS = 64

/** Where a record stands in time and among its neighbours, without its observations. */
export interface RecordPlace {
  readonly agent: string
  readonly boot: string
  readonly sequence: number
  readonly fromMs: number
  readonly toMs: number
  readonly profileSha256: string
}

/** The order in which records of a period are read: by window's end, then by name and number. */
export function inPeriodOrder(a: RecordPlace, b: RecordPlace): number {
  return (
    a.toMs - b.toMs ||
    ordinal(a.agent, b.agent) ||
    ordinal(a.boot, b.boot) ||
    a.sequence - b.sequence
  )
}

/** True when the record's window touches [fromMs, toMs). */
export function touches(record: RecordPlace, fromMs: number, toMs: number): boolean {
  return record.toMs > fromMs && record.fromMs < toMs
}

/**
 * Of the records found for a period (in their order, at most one more than may be judged), those that
 * are judged together: all that name the profile of the newest.
 */
export function judgedTogether<T extends Pick<RecordPlace, 'profileSha256'>>(
  found: readonly T[],
  fallbackProfile: string,
): { readonly profileSha256: string; readonly same: readonly T[] } {
  const profileSha256 = found.at(-1)?.profileSha256 ?? fallbackProfile
  const same = found
    .slice(0, MAX_PERIOD_RECORDS)
    .filter((record) => record.profileSha256 === profileSha256)
  return { profileSha256, same }
}

/** The round that holds at an instant, from records newest first that end within a day before it. */
export function roundAt(
  newestFirst: readonly Pick<AgentRecord, 'agent' | 'round' | 'observations'>[],
  ms: number,
): Round | null {
  const book = new RoundBook()
  for (const record of newestFirst.slice(0, MAX_ROUND_RECORDS)) book.add(record)
  return book.at(ms)
}

/**
 * What of a record may hold beyond its own window: a round, or what a run of load showed; null: nothing.
 * A check that was asked for holds for nothing: rounds and minutes see the same way anew.
 */
export function carriedBy({
  round,
  run,
}: Pick<AgentRecord, 'round' | 'run'>): 'round' | 'run' | null {
  if (run !== undefined) return decides(run) ? 'run' : null
  return round === undefined ? null : 'round'
}

/** How long what records carry may hold at the most, milliseconds. */
export const CARRIED_HOLDS_MS = { round: LONGEST_VALIDITY_MS, run: RUN_HOLDS_MS } as const

/** True when a record that ends at `toMs` may carry what holds at `ms`. */
export function mayHoldAt(carried: 'round' | 'run', toMs: number, ms: number): boolean {
  return toMs > ms - CARRIED_HOLDS_MS[carried] && toMs <= ms
}

/** The order in which records with runs are read: the newest first, and those of one end by name and number. */
export function inRunOrder(a: RecordPlace, b: RecordPlace): number {
  return b.toMs - a.toMs || inPeriodOrder({ ...a, toMs: 0 }, { ...b, toMs: 0 })
}

function ordinal(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
