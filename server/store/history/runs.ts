import { grouped } from '../../../shared/grouped.ts'

/** What a line came to at one place, whenever that was. */
export interface Slice {
  readonly line: string
  readonly leg: string
  readonly farEnd: string
  readonly segment: string
  readonly verdict: string
  readonly reason: string
}

/** The verdict of one line at one place over a time without a break. Milliseconds since 1970. */
export interface Run extends Slice {
  readonly from: number
  readonly to: number
}

export interface RunChange {
  /** First: every run that ends where the interval begins goes on to the interval's end. */
  readonly lengthen: boolean
  /** Then these go, and last these are put (over what begins at the same place and time). */
  readonly remove: readonly Run[]
  readonly put: readonly Run[]
}

const placeOf = (run: Slice): string => `${run.line}/${run.leg}/${run.farEnd}/${run.segment}`

/**
 * Writes slices of one interval [from, to) over the runs that touch it, and joins equal neighbours:
 * what results is the same in whatever order, and however often, intervals are written. `there` are
 * all runs that overlap or touch the interval; a place without a slice loses what it had there.
 *
 * Mostly almost every line stays what it was: then all runs are lengthened at once, and those that
 * should not have been are put back.
 */
export function overwrite(
  there: readonly Run[],
  slices: readonly Slice[],
  from: number,
  to: number,
): RunChange {
  const places = grouped(there, placeOf)
  const [remove, put, longer, ended]: [Run[], Run[], Run[], Run[]] = [[], [], [], []]
  const change = (old: readonly Run[], slice: Slice | undefined) => {
    const next = joined([
      ...old.flatMap((run) => outside(run, from, to)),
      ...(slice === undefined ? [] : [{ ...slice, from, to }]),
    ])
    for (const run of next) {
      const before = old.find((one) => one.from === run.from)
      if (before !== undefined && same(before, run)) {
        if (run.to === from) ended.push(run)
      } else if (before?.to === from && run.to === to) longer.push(run)
      else put.push(run)
    }
    remove.push(...old.filter((run) => !next.some((other) => other.from === run.from)))
  }
  for (const slice of slices) {
    const place = placeOf(slice)
    change(places.get(place) ?? [], slice)
    places.delete(place)
  }
  for (const old of places.values()) change(old, undefined)
  const lengthen = longer.length > ended.length
  return { lengthen, remove, put: [...put, ...(lengthen ? ended : longer)] }
}

function outside(run: Run, from: number, to: number): Run[] {
  const parts = [
    { ...run, to: Math.min(run.to, from) },
    { ...run, from: Math.max(run.from, to) },
  ]
  return parts.filter((part) => part.to > part.from)
}

function joined(runs: readonly Run[]): Run[] {
  const out: Run[] = []
  for (const run of [...runs].sort((a, b) => a.from - b.from)) {
    const last = out.at(-1)
    if (last !== undefined && last.to === run.from && sameWord(last, run)) {
      out[out.length - 1] = { ...last, to: run.to }
    } else out.push(run)
  }
  return out
}

function same(a: Run, b: Run): boolean {
  return a.from === b.from && a.to === b.to && sameWord(a, b)
}

function sameWord(a: Slice, b: Slice): boolean {
  return a.verdict === b.verdict && a.reason === b.reason
}
