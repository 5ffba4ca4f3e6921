import { fromBase64, sameOctets } from './octets.ts'
import type { Item, Report, SeenCheckpointNote, SeenEntry, SeenRecord } from './verify-items.ts'

/** A record may be dated this much beyond what the log allows before it is called impossible. */
const SLACK_MS = 2000

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
    readonly rootsAt: ReadonlyMap<number, Uint8Array>
    readonly origin: string
  },
  report: Report,
): Map<SeenRecord, TimeBounds> {
  const { records, checkpoints, entries, rootsAt, origin } = parts
  const bounds = new Map<SeenRecord, TimeBounds>()
  for (const seen of records) {
    const { record, where, index } = seen
    const time = { from: record.window.from, to: record.window.to }
    const covering = checkpoints.find(({ size, trusted }) => trusted && size > index)
    if (covering === undefined) {
      report('missing', 'not-covered', where, 'no trusted checkpoint here covers it', time)
    }
    checkSeen(seen, { rootsAt, origin, time }, report)
    const notBeforeMs =
      record.seen === undefined ? null : lowerBound(record.seen.size, checkpoints, entries)
    const notAfterMs = covering === undefined ? null : upperBound(covering, entries)
    bounds.set(seen, { notBeforeMs, notAfterMs })
    if (notBeforeMs !== null && time.to < notBeforeMs - SLACK_MS) {
      const what = 'is dated before the checkpoint that its agent had already seen'
      report('suspicious', 'dated-too-early', where, what, time)
    }
    if (notAfterMs !== null && time.to > notAfterMs + SLACK_MS) {
      const what = 'is dated after the log had already taken it in'
      report('suspicious', 'dated-too-late', where, what, time)
    }
  }
  return bounds
}

function checkSeen(
  { record, where }: SeenRecord,
  log: {
    readonly rootsAt: ReadonlyMap<number, Uint8Array>
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
  const root = log.rootsAt.get(seen.size)
  const own = fromBase64(seen.root)
  if (root === undefined || own === null) {
    const what = `the checkpoint of size ${seen.size} that it names cannot be recomputed from this bundle`
    report('missing', 'seen-not-here', where, what, log.time)
  } else if (!sameOctets(root, own)) {
    const what = `its agent saw another log of size ${seen.size}: history was rewritten, or two are shown`
    report('invalid', 'fork', where, what, log.time)
  }
}

/** The newest time stated by anything inside the first `size` leaves. */
function lowerBound(
  size: number,
  checkpoints: readonly SeenCheckpointNote[],
  entries: readonly SeenEntry[],
): number | null {
  const times = [
    ...checkpoints.filter((one) => one.size <= size).flatMap(({ cosignedMs }) => cosignedMs ?? []),
    ...entries.filter(({ index }) => index < size).map(({ entry }) => entry.at),
  ]
  return times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b))
}

/** The time of the checkpoint itself, else of the first entry after it. */
function upperBound(checkpoint: SeenCheckpointNote, entries: readonly SeenEntry[]): number | null {
  if (checkpoint.cosignedMs !== null) return checkpoint.cosignedMs
  return entries.find(({ index }) => index >= checkpoint.size)?.entry.at ?? null
}
