import { CHAIN_MARGIN_MS, INTERVAL_MS } from '../clock.ts'
import { counted } from '../counted.ts'
import { intervalsOf, startOfInterval } from '../intervals.ts'
import type { LineOf } from './bundle.ts'
import type { Silence, Silences } from './silence.ts'
import type { Unbroken, Whole } from './unbroken.ts'
import type { Item, Report, SeenEntry, SeenRecord } from './verify-items.ts'
import type { ValuesOfTime } from './verify-site.ts'
import type { TimeBounds } from './verify-time.ts'
import type { Rejudge } from './verify-verdicts.ts'

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
  readonly unbroken: Pick<Unbroken, 'of'>
  readonly silences: Silences
  /** Records under the quorum of a policy; left out: no policy was given. */
  readonly witnessed?: ReadonlySet<SeenRecord>
  readonly items: readonly Item[]
}

/** Judges every quarter hour of the bundle anew, and says what is proven of it. */
export function stateIntervals(parts: StatementParts): IntervalStatement[] {
  const { manifest, anew, unbroken, silences } = parts
  const sorted = byInterval(parts)
  const early = isCutEarly(parts)
  return intervalsOf(manifest.from, manifest.to).map((time) => {
    const touching = anew.touching(time)
    const inside = touching.filter(
      ({ record }) => record.window.from >= time.from && record.window.from < time.to,
    )
    const { ticks, missing } = sorted.get(time.from) ?? { ticks: 0, missing: [] }
    const judged = anew.wordOf(time)
    const whole = unbroken.of(time)
    const said = words(parts, inside, anew.valuesOf(time))
    const chain = chainWords(whole, touching.length, early)
    return {
      ...time,
      overall: judged?.overall ?? null,
      failing: judged?.failing ?? [],
      records: inside.length,
      proven: [...said.proven, ...chain.proven],
      claimed: [...said.claimed, ...chain.claimed],
      missing: [
        ...(touching.length > 0 ? [] : [silence(ticks, silences.of(time), whole)]),
        ...missing,
      ],
    }
  })
}

const CUT_AGAIN = ': cut again ten minutes after its end, a bundle shows it'

const named = (agents: readonly string[]) =>
  agents.length > 3 ? counted(agents.length, 'agent') : agents.join(', ')

/** A minute may wait for its far end, and the one that shows it whole is five minutes behind it. */
const CUT_AFTER_MS = 2 * CHAIN_MARGIN_MS

/** Whether all that is here is of before, or of so soon after, its time: ticks alone go on for an hour. */
function isCutEarly({ manifest, records, entries }: StatementParts): boolean {
  const until = manifest.to + CUT_AFTER_MS
  return (
    entries.every(({ entry }) => entry.at < until) &&
    records.every(({ record }) => record.window.to < until)
  )
}

/** By whose word a quarter hour holds all records that were made of it. */
function chainWords(
  { whole, open, brokenOff }: Whole,
  records: number,
  early: boolean,
): Pick<IntervalStatement, 'proven' | 'claimed'> {
  const made = records > 0 ? 'left out no record' : 'made no record'
  const mended = early ? brokenOff : []
  const others = open.filter((agent) => !mended.includes(agent))
  const byWord = (agents: readonly string[], more = '') =>
    agents.length === 0
      ? []
      : [`that no record of ${named(agents)} is left out, on the collector's word${more}`]
  return {
    proven: whole.length === 0 ? [] : [`by its signed chain ${named(whole)} ${made}`],
    claimed: records === 0 ? [] : [...byWord(others), ...byWord(mended, CUT_AGAIN)],
  }
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
  site: ValuesOfTime,
): Pick<IntervalStatement, 'proven' | 'claimed'> {
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
  }
}

/** No record: did its agents make none, or did the collector listen, and what did it enter then? */
function silence(ticks: number, { word, records }: Silence, { all, dropped }: Whole): string {
  if (dropped) return 'no records: an agent says that it measured, and could not keep them'
  if (all && word !== 'judged') return 'no records: the site made none, and was silent'
  const up = `the collector was up (${ticks} ticks)`
  switch (word) {
    case 'noted':
      return `no records; ${ticks > 0 ? `${up} and` : 'the collector'} noted none then: the site was silent`
    case 'judged':
      return `no records here, and the log says that ${records} were judged: removed since, or withheld`
    case 'unsaid':
      return `no records; ${up}, and the log does not say that none came: silence is not proven`
    case 'deaf':
      return 'no records and no tick: whether the collector was up is not proven'
  }
}

const isSilent = ({ all, dropped }: Whole) => all && !dropped

/** Tells of quarter hours without a record which are empty here alone, or may be. */
export function checkSilences(
  parts: Pick<StatementParts, 'manifest' | 'anew' | 'unbroken' | 'silences'>,
  report: Report,
): void {
  const { manifest, anew, unbroken, silences } = parts
  for (const time of intervalsOf(manifest.from, manifest.to)) {
    if (anew.touching(time).length > 0) continue
    const { word, records } = silences.of(time)
    if (word === 'judged') {
      const what = `${counted(records, 'record')} of it were judged, and none is here: removed since, or withheld`
      report('missing', 'records-gone', 'log', what, time)
    } else if (word === 'unsaid' && !isSilent(unbroken.of(time))) {
      const what =
        'no record of it is here, and the log does not say that none came; cut some minutes after it, a bundle holds the verdict that would'
      report('missing', 'silence-unsaid', 'log', what, time)
    }
  }
}

function said(parts: readonly (readonly [number, string])[]): string[] {
  return parts.flatMap(([count, text]) => (count > 0 ? [text] : []))
}
