import type { Paint } from '../cli/colour.ts'
import { renderTable } from '../cli/table.ts'
import { type Checkup, exitOf } from './advice.ts'

const WIDTH = 100
const COLUMNS = [{ title: 'what' }, { title: 'state' }, { title: 'found', wrapTo: 20 }] as const

const SUMS = {
  0: 'all well: this host can decide every clause that a stream can decide',
  2: 'this host can measure, with the limits named above',
  4: 'this host cannot measure; mend what is broken first',
} as const

/** The visit as a table; below each lack what it costs and how to mend it. */
export function renderDoctor(checkups: readonly Checkup[], paint: Paint): string {
  const colour = {
    good: paint.green,
    degraded: paint.yellow,
    missing: paint.yellow,
    broken: paint.red,
  }
  const rows = checkups.map((checkup) => ({
    cells: [checkup.name, checkup.state, checkup.found],
    below:
      checkup.state === 'good' ? [] : [`costs: ${checkup.costs}`, `to mend: ${checkup.repair}`],
    paint: (column: number, text: string) => (column === 1 ? colour[checkup.state](text) : text),
  }))
  return `${[...renderTable(COLUMNS, rows, WIDTH), '', SUMS[exitOf(checkups)]].join('\n')}\n`
}
