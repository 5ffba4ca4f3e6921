/** The verdict of one line at one place over a time without a break. Milliseconds since 1970. */
export interface Run {
  readonly line: string
  readonly leg: string
  readonly farEnd: string
  readonly segment: string
  readonly from: number
  readonly to: number
  readonly verdict: string
  readonly reason: string
}

export interface RunChange {
  readonly remove: readonly Run[]
  readonly put: readonly Run[]
}

export const placeOf = (run: Pick<Run, 'line' | 'leg' | 'farEnd' | 'segment'>): string =>
  `${run.line}/${run.leg}/${run.farEnd}/${run.segment}`

/**
 * Writes slices of one interval [from, to) over the runs that touch it, and joins equal neighbours:
 * what results is the same in whatever order, and however often, intervals are written. `there` are
 * all runs that overlap or touch the interval; a place without a slice loses what it had there.
 */
export function overwrite(
  there: readonly Run[],
  slices: readonly Run[],
  from: number,
  to: number,
): RunChange {
  const places = new Set([...there, ...slices].map(placeOf))
  const before = groupBy(there)
  const wanted = groupBy(slices)
  const remove: Run[] = []
  const put: Run[] = []
  for (const place of places) {
    const old = before.get(place) ?? []
    const next = joined([
      ...old.flatMap((run) => outside(run, from, to)),
      ...(wanted.get(place) ?? []),
    ])
    const has = (list: readonly Run[], run: Run) => list.some((other) => same(other, run))
    put.push(...next.filter((run) => !has(old, run)))
    remove.push(...old.filter((run) => !next.some((other) => other.from === run.from)))
  }
  return { remove, put }
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
    const joins =
      last !== undefined &&
      last.to === run.from &&
      last.verdict === run.verdict &&
      last.reason === run.reason
    if (joins) out[out.length - 1] = { ...last, to: run.to }
    else out.push(run)
  }
  return out
}

function same(a: Run, b: Run): boolean {
  return a.from === b.from && a.to === b.to && a.verdict === b.verdict && a.reason === b.reason
}

function groupBy(runs: readonly Run[]): Map<string, Run[]> {
  const groups = new Map<string, Run[]>()
  for (const run of runs) {
    const group = groups.get(placeOf(run))
    if (group === undefined) groups.set(placeOf(run), [run])
    else group.push(run)
  }
  return groups
}
