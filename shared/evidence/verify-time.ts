import { FAR_END_WAIT_MS } from '../clock.ts'
import { streamsOf } from '../record/kinds.ts'
import type { StreamObservation } from '../record/observation.ts'
import { isNeighbour, reportOfNeighbour } from './neighbours.ts'
import { fromBase64, sameOctets } from './octets.ts'
import type { Item, Report, SeenCheckpointNote, SeenEntry, SeenRecord } from './verify-items.ts'

/** A record may be dated this much beyond what the log allows before it is called impossible. */
const SLACK_MS = 2000
/** A minute that waited for its far end is recorded so long after its end, with what its agent saw by then. */
const WAITED_MS = FAR_END_WAIT_MS + 30_000

/** When a record was certainly made, as far as the log tells; null: nothing bounds that side. */
export interface TimeBounds {
  readonly notBeforeMs: number | null
  readonly notAfterMs: number | null
}

/**
 * The checkpoint that an agent has seen is from before its record, and the first checkpoint that
 * covers the record is from after it. A `seen` that is not in this log shows a fork.
 */
export function checkTimes(
  parts: {
    readonly records: readonly SeenRecord[]
    readonly checkpoints: readonly SeenCheckpointNote[]
    readonly entries: readonly SeenEntry[]
    readonly rootAt: (size: number) => Uint8Array | undefined
    readonly origin: string
    readonly span: NonNullable<Item['time']>
  },
  all: Report,
): Map<SeenRecord, TimeBounds> {
  const { records, checkpoints, entries, rootAt, origin, span } = parts
  const ofNeighbour = reportOfNeighbour(all)
  const trusted = checkpoints.filter((one) => one.trusted)
  const stated = statedTimes(checkpoints, entries)
  const bounds = new Map<SeenRecord, TimeBounds>()
  for (const seen of records) {
    const { record, where, index, unread } = seen
    const report = isNeighbour({ record, unread }, span) ? ofNeighbour : all
    const time = { from: record.window.from, to: record.window.to }
    const covering = trusted[firstOf(trusted, ({ size }) => size > index)]
    if (covering === undefined) {
      report('missing', 'not-covered', where, 'no trusted checkpoint here covers it', time)
    }
    checkSeen(seen, { rootAt, origin, time }, report)
    const notBeforeMs = record.seen === undefined ? null : lowerBound(record.seen.size, stated)
    const notAfterMs = covering === undefined ? null : upperBound(covering, entries)
    bounds.set(seen, { notBeforeMs, notAfterMs })
    if (notBeforeMs !== null && isBefore(seen, notBeforeMs)) {
      const what = 'is dated before the checkpoint that its agent had already seen'
      report('suspicious', 'dated-too-early', where, what, time)
    }
    // By its beginning: a minute that was cut short by a stop bears its whole time all the same.
    if (notAfterMs !== null && time.from > notAfterMs + SLACK_MS) {
      const what = 'is dated after the log had already taken it in'
      report('suspicious', 'dated-too-late', where, what, time)
    }
  }
  return bounds
}

/** A record is made after its window: seconds after, or once a far end that left answers open was waited for. */
function isBefore({ record, observations }: SeenRecord, notBeforeMs: number): boolean {
  const earlyMs = notBeforeMs - record.window.to
  if (earlyMs <= SLACK_MS) return false
  return earlyMs > WAITED_MS || !streamsOf(observations()).some(leftOpen)
}

function leftOpen({ gaps, legs: { out, back } }: StreamObservation): boolean {
  const { received, lost, unattributed } = back.loss
  return received === 0 || lost + unattributed + out.loss.lost > 0 || gaps.length > 0
}

function checkSeen(
  { record, where, seenHere }: SeenRecord,
  log: {
    readonly rootAt: (size: number) => Uint8Array | undefined
    readonly origin: string
    readonly time: NonNullable<Item['time']>
  },
  report: Report,
): void {
  const { seen } = record
  if (seen === undefined) {
    report(
      'missing',
      'nothing-seen',
      where,
      'names no checkpoint: its time has no lower bound',
      log.time,
    )
    return
  }
  if (seen.origin !== log.origin) {
    report('suspicious', 'other-log', where, `had seen another log, ${seen.origin}`, log.time)
    return
  }
  if (seenHere === true) return
  const root = log.rootAt(seen.size)
  const own = fromBase64(seen.root)
  if (root === undefined || own === null) {
    const what = `the checkpoint of size ${seen.size} that it names cannot be recomputed from this bundle`
    report('missing', 'seen-not-here', where, what, log.time)
  } else if (!sameOctets(root, own)) {
    const what = `its agent saw another log of size ${seen.size}: history was rewritten, or two are shown`
    report('invalid', 'fork', where, what, log.time)
  }
}

interface Stated {
  /** How many leaves there must be for this to be among them. */
  readonly size: number
  /** The newest time stated by this or anything before it. */
  readonly ms: number
}

/** All times that the log states, by the leaves that they are stated within. */
function statedTimes(
  checkpoints: readonly SeenCheckpointNote[],
  entries: readonly SeenEntry[],
): Stated[] {
  const all = [
    ...checkpoints.flatMap(({ size, cosignedMs: ms }) => (ms === null ? [] : [{ size, ms }])),
    ...entries.map(({ index, entry }) => ({ size: index + 1, ms: entry.at })),
  ].sort((a, b) => a.size - b.size)
  let newest = 0
  return all.map(({ size, ms }) => {
    newest = Math.max(newest, ms)
    return { size, ms: newest }
  })
}

/** The newest time stated by anything inside the first `size` leaves. */
function lowerBound(size: number, stated: readonly Stated[]): number | null {
  return stated[firstOf(stated, (one) => one.size > size) - 1]?.ms ?? null
}

/** The time of the checkpoint itself, else of the first entry after it. */
function upperBound(checkpoint: SeenCheckpointNote, entries: readonly SeenEntry[]): number | null {
  if (checkpoint.cosignedMs !== null) return checkpoint.cosignedMs
  return entries[firstOf(entries, ({ index }) => index >= checkpoint.size)]?.entry.at ?? null
}

/** Place of the first of a sorted list for which this holds, and for all after it; else its length. */
function firstOf<T>(all: readonly T[], holds: (one: T) => boolean): number {
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >> 1
    const one = all[middle]
    if (one !== undefined && holds(one)) high = middle
    else low = middle + 1
  }
  return low
}
