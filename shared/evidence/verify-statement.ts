import type { LineOf } from './bundle.ts'
import type { Item, SeenEntry, SeenRecord } from './verify-items.ts'
import type { TimeBounds } from './verify-time.ts'
import { intervalsOf, type JudgingParts, rejudge } from './verify-verdicts.ts'

/** What can be said of one quarter hour, and on whose word. */
export interface IntervalStatement {
  readonly from: number
  readonly to: number
  /** Recomputed from the records here; null: the profile is not here. */
  readonly overall: 'READY' | 'NOT READY' | 'CANNOT SAY' | null
  /** Requirement ids that fail. */
  readonly failing: readonly string[]
  readonly records: number
  readonly proven: readonly string[]
  readonly claimed: readonly string[]
  readonly missing: readonly string[]
}

export interface StatementParts {
  readonly manifest: LineOf<'manifest'>
  readonly records: readonly SeenRecord[]
  readonly entries: readonly SeenEntry[]
  readonly bounds: ReadonlyMap<SeenRecord, TimeBounds>
  readonly judging: JudgingParts
  readonly items: readonly Item[]
}

/** Judges every quarter hour of the bundle anew, and says what is proven of it. */
export function stateIntervals(parts: StatementParts): IntervalStatement[] {
  const { manifest, records } = parts
  const newest = records.at(-1)?.record.profile.sha256 ?? ''
  return intervalsOf(manifest.from, manifest.to).map((time) => {
    const inside = records.filter(
      ({ record }) => record.window.from >= time.from && record.window.from < time.to,
    )
    const near = records.filter(
      ({ record }) =>
        (record.window.to > time.from && record.window.from < time.to) ||
        record.round !== undefined,
    )
    const judged = rejudge(parts.judging, near, time, newest)
    const failing = judged?.judgement.findings.filter(({ verdict }) => verdict === 'fail') ?? []
    return {
      ...time,
      overall: judged?.judgement.overall ?? null,
      failing: [...new Set(failing.map(({ id }) => id))],
      records: inside.length,
      ...words(parts, inside, time),
    }
  })
}

function words(
  parts: StatementParts,
  inside: readonly SeenRecord[],
  time: { readonly from: number; readonly to: number },
): Pick<IntervalStatement, 'proven' | 'claimed' | 'missing'> {
  const signed = inside.filter(({ proven }) => proven).length
  const receipts = sum(inside, ({ receipts: { proven } }) => proven)
  const unproven = sum(inside, ({ receipts: { claimed } }) => claimed)
  const bounded = inside.filter((seen) => {
    const bounds = parts.bounds.get(seen)
    return bounds !== undefined && bounds.notBeforeMs !== null && bounds.notAfterMs !== null
  }).length
  const ticks = parts.entries.filter(
    ({ entry }) => entry.kind === 'tick' && entry.at >= time.from && entry.at < time.to,
  ).length
  const lacking = parts.items
    .filter(({ severity }) => severity === 'missing')
    .filter(({ time: at }) => at !== null && at.to > time.from && at.from < time.to)
  return {
    proven: said([
      [signed, `${signed} records signed by the agent`],
      [receipts, `${receipts} receipts signed by reflectors`],
      [bounded, `${bounded} records bounded in time on both sides`],
    ]),
    claimed: said([
      [inside.length - signed, `${inside.length - signed} records on the collector's word`],
      [unproven, `${unproven} receipts without a trusted key`],
    ]),
    missing: [
      ...(inside.length > 0 ? [] : [silence(ticks)]),
      ...new Set(lacking.map(({ code }) => code)),
    ],
  }
}

/** No record: was the collector listening? */
function silence(ticks: number): string {
  return ticks > 0
    ? `no records, and the collector was up (${ticks} ticks): the site was silent`
    : 'no records and no tick: whether the collector was up is not proven'
}

function said(parts: readonly (readonly [number, string])[]): string[] {
  return parts.flatMap(([count, text]) => (count > 0 ? [text] : []))
}

function sum(all: readonly SeenRecord[], of: (seen: SeenRecord) => number): number {
  return all.reduce((total, seen) => total + of(seen), 0)
}
