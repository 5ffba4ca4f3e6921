import type { Time } from '../intervals.ts'
import type { Cell, Row } from './cells.ts'
import type { Stretch, Timeline } from './clause-schema.ts'
import type { Scope } from './scope.ts'

/** A row as stretches of neighbouring quarter hours that say the same. */
export function timelineOf({ place, cells }: Row, { quarters }: Scope): Timeline {
  const stretches: Stretch[] = []
  quarters.forEach((quarter, at) => {
    const next = stretchOf(cells[at] ?? null, quarter)
    const last = stretches.at(-1)
    if (last !== undefined && same(last, next)) stretches[stretches.length - 1] = join(last, next)
    else stretches.push(next)
  })
  return { ...place, stretches }
}

function stretchOf(cell: Cell | null, quarter: Scope['quarters'][number]): Stretch {
  const { from, to, phase } = quarter
  const base = { from, to, phase, quarterHours: 1 }
  if (cell === null) return { ...base, state: 'undetermined', reason: 'not-judged', values: null }
  const { state, reason, value } = cell.said
  return { ...base, state, reason, values: value === null ? null : [value, value] }
}

function same(a: Stretch, b: Stretch): boolean {
  return a.to === b.from && a.phase === b.phase && a.state === b.state && a.reason === b.reason
}

function join(a: Stretch, b: Stretch): Stretch {
  const all = [...(a.values ?? []), ...(b.values ?? [])]
  const values: Stretch['values'] = all.length === 0 ? null : [Math.min(...all), Math.max(...all)]
  return { ...a, to: b.to, quarterHours: a.quarterHours + b.quarterHours, values }
}

/** The first quarter hour after the end in which every required line passed; null: none yet. */
export function firstWholePass(rows: readonly Row[], { quarters }: Scope): Time | null {
  const required = rows.filter(({ place }) => place.required && place.leg !== 'either')
  const at = quarters.findIndex(
    ({ phase }, n) =>
      phase === 'after' &&
      required.length > 0 &&
      required.every(({ cells }) => cells[n]?.said.state === 'met'),
  )
  const found = quarters[at]
  return found === undefined ? null : { from: found.from, to: found.to }
}
