import { INTERVAL_MS } from '../clock.ts'
import { counted } from '../counted.ts'
import type { LineOf } from './bundle.ts'
import type { Item, SeenEntry, SeenRecord } from './verify-items.ts'
import type { ValuesOfTime } from './verify-site.ts'
import type { TimeBounds } from './verify-time.ts'
import { intervalsOf, type Rejudge, startOfInterval } from './verify-verdicts.ts'

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
  readonly anew: Rejudge<SeenRecord>
  /** Records under the quorum of a policy; left out: no policy was given. */
  readonly witnessed?: ReadonlySet<SeenRecord>
  readonly items: readonly Item[]
}

/** Judges every quarter hour of the bundle anew, and says what is proven of it. */
export function stateIntervals(parts: StatementParts): IntervalStatement[] {
  const { manifest, anew } = parts
  const sorted = byInterval(parts)
  return intervalsOf(manifest.from, manifest.to).map((time) => {
    const inside = anew
      .touching(time)
      .filter(({ record }) => record.window.from >= time.from && record.window.from < time.to)
    const judged = anew.wordOf(time)
    return {
      ...time,
      overall: judged?.overall ?? null,
      failing: judged?.failing ?? [],
      records: inside.length,
      ...words(parts, inside, sorted.get(time.from), anew.valuesOf(time)),
    }
  })
}

interface Besides {
  ticks: number
  readonly missing: Set<string>
}

/** Ticks, and what is missing, of each quarter hour of the bundle. */
function byInterval({ manifest, entries, items }: StatementParts): Map<number, Besides> {
  const { from, to } = manifest
  const sorted = new Map<number, Besides>()
  for (const one of intervalsOf(from, to)) sorted.set(one.from, { ticks: 0, missing: new Set() })
  for (const { entry } of entries) {
    const there = entry.kind === 'tick' ? sorted.get(startOfInterval(entry.at)) : undefined
    if (there !== undefined) there.ticks += 1
  }
  for (const { severity, time, code } of items) {
    if (severity !== 'missing' || time === null) continue
    const until = Math.min(time.to, to)
    for (let at = startOfInterval(Math.max(time.from, from)); at < until; at += INTERVAL_MS) {
      sorted.get(at)?.missing.add(code)
    }
  }
  return sorted
}

function words(
  { bounds: allBounds, witnessed }: Pick<StatementParts, 'bounds' | 'witnessed'>,
  inside: readonly SeenRecord[],
  besides: Besides = { ticks: 0, missing: new Set() },
  site: ValuesOfTime,
): Pick<IntervalStatement, 'proven' | 'claimed' | 'missing'> {
  const signed = inside.filter(({ proven }) => proven).length
  const held = inside.map(({ receipts: { proven, claimed } }) => ({ proven, claimed }))
  const receipts = held.reduce((total, { proven }) => total + proven, 0)
  const unproven = held.reduce((total, { claimed }) => total + claimed, 0)
  const bounded = inside.filter((seen) => {
    const bounds = allBounds.get(seen)
    return bounds !== undefined && bounds.notBeforeMs !== null && bounds.notAfterMs !== null
  }).length
  const quorum = inside.filter((seen) => witnessed?.has(seen) === true).length
  const alone = witnessed === undefined ? 0 : inside.length - quorum
  return {
    proven: said([
      [signed, `${counted(signed, 'record')} signed by the agent`],
      [receipts, `${counted(receipts, 'receipt')} signed by reflectors`],
      [bounded, `${counted(bounded, 'record')} bounded in time on both sides`],
      [quorum, `${counted(quorum, 'record')} under the quorum of the policy`],
      [Number(site.proven), `what the site was then, by plan ${site.version} in the log`],
    ]),
    claimed: said([
      [
        inside.length - signed,
        `${counted(inside.length - signed, 'record')} on the collector's word`,
      ],
      [unproven, `${counted(unproven, 'receipt')} without a trusted key`],
      [alone, `${counted(alone, 'record')} without the quorum of the policy`],
      [
        Number(!site.proven && site.values != null),
        "what the site was then, on the collector's word",
      ],
    ]),
    missing: [...(inside.length > 0 ? [] : [silence(besides.ticks)]), ...besides.missing],
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
