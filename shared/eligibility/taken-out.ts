import type { Site } from '../profile/site.ts'
import type { Row } from './cells.ts'
import type { Eligibility } from './document.ts'
import type { Evidence } from './evidence.ts'
import { type Quarter, type Scope, utcText } from './scope.ts'

/** A segment that the site's plan no longer names when the reference begins, by the log. */
interface TakenOut {
  readonly row: Row
  readonly version: number
  /** When the plan without it came into force; null: that entry is not here. */
  readonly sinceMs: number | null
}

/**
 * Sets apart the segments that were taken out of the plan before the reference: nobody was to judge
 * them there, so they are no hole in it. Only where the log dates every description from then on and
 * none of them names the segment; else it stays, not determined.
 */
export function withoutTakenOut(
  rows: readonly Row[],
  parts: { readonly evidence: Evidence; readonly scope: Scope },
): { readonly kept: readonly Row[]; readonly takenOut: readonly TakenOut[] } {
  const takenOut = rows.flatMap((row) => takenOutOf(row, parts) ?? [])
  const gone = new Set(takenOut.map(({ row }) => row))
  return { kept: rows.filter((row) => !gone.has(row)), takenOut }
}

/** What a document says of them: since when, and what was held of them before. */
export function takenOutText({
  row,
  version,
  sinceMs,
}: TakenOut): Eligibility['notExamined'][number] {
  const { id, title, leg, farEnd, segment = '' } = row.place
  const of = (state: string) => row.cells.filter((cell) => cell?.said.state === state).length
  const since = sinceMs === null ? '' : ` since ${utcText(sinceMs)}`
  const what = `${id}, ${title}, ${leg} ${farEnd} ${segment}`
  const before = `before that: met in ${of('met')} quarter hours here, not met in ${of('not-met')}`
  return { what, why: `not in the plan${since}, by plan ${version} in the log; ${before}` }
}

function takenOutOf(
  row: Row,
  { evidence, scope }: { readonly evidence: Evidence; readonly scope: Scope },
): TakenOut | null {
  const { segment, farEnd } = row.place
  const first = scope.quarters.findIndex(({ reference }) => reference)
  if (segment === undefined || farEnd === 'none' || first < 0) return null
  if (row.cells.slice(first).some((cell) => cell !== null)) return null
  const without = (quarter: Quarter): number | null => {
    const { version, proven, values } = evidence.describedAt(quarter)
    return proven && !names(values ?? null, segment, farEnd) ? version : null
  }
  if (scope.quarters.slice(first).some((quarter) => without(quarter) === null)) return null
  // It may have been gone for some plans before that.
  const earlier = scope.quarters.slice(0, first + 1).map(without)
  const version = earlier[earlier.lastIndexOf(null) + 1] ?? null
  if (version === null) return null
  const entered = evidence.entries.flatMap(({ entry }) =>
    entry.kind === 'plan' && entry.version === version ? [entry.from ?? entry.at] : [],
  )
  return { row, version, sinceMs: entered[0] ?? null }
}

/** True where this is a border on the way to that far end, or the last part of a way that has borders. */
function names(site: Site | null, segment: string, farEnd: 'primary' | 'secondary'): boolean {
  const own = (site?.segments ?? []).filter((one) => (one.farEnd ?? farEnd) === farEnd)
  return own.some(({ name }) => name === segment) || (own.length > 0 && segment === `to-${farEnd}`)
}
