import { INTERVAL_MS } from '../clock.ts'
import { LONGEST_VALIDITY_MS } from '../verdict/rounds.ts'
import type { SeenRecord } from './verify-items.ts'

/** Quarter hours that a record is found under at most: no window is longer than a day. */
const MOST_PLACES = 97

type Placed = Pick<SeenRecord, 'index' | 'record'>

/** Records by the quarter hours that their windows touch, so that each one is judged from its own. */
export class RecordIndex<R extends Placed> {
  readonly #touching = new Map<number, R[]>()
  readonly #rounds = new Map<number, R[]>()

  add(seen: R): void {
    const { window, round } = seen.record
    const last = Math.ceil(window.to / INTERVAL_MS) - 1
    const first = Math.max(Math.floor(window.from / INTERVAL_MS), last - MOST_PLACES)
    for (let at = first; at <= last; at += 1) put(this.#touching, at, seen)
    if (round !== undefined) put(this.#rounds, last, seen)
  }

  /** Those whose windows touch [from, to), in the order of the log. */
  touching(from: number, to: number): R[] {
    return collect(this.#touching, from, to)
  }

  /** Those, and all that may carry what held at the end, in the order of the log. */
  near(from: number, to: number): R[] {
    const rounds = collect(this.#rounds, to - LONGEST_VALIDITY_MS - INTERVAL_MS, to)
    return inOrder([...this.touching(from, to), ...rounds])
  }
}

function collect<R extends Placed>(map: ReadonlyMap<number, R[]>, from: number, to: number): R[] {
  const found: R[] = []
  const first = Math.floor(from / INTERVAL_MS)
  // A hostile verdict may be of all time: there are not more places than these.
  if (to / INTERVAL_MS - first > map.size) {
    for (const [at, there] of map) if (at >= first && at * INTERVAL_MS < to) found.push(...there)
    return inOrder(found)
  }
  for (let at = first; at * INTERVAL_MS < to; at += 1) found.push(...(map.get(at) ?? []))
  return inOrder(found)
}

function inOrder<R extends Placed>(found: readonly R[]): R[] {
  return [...new Set(found)].sort((a, b) => a.index - b.index)
}

function put<R>(map: Map<number, R[]>, at: number, seen: R): void {
  const there = map.get(at)
  if (there === undefined) map.set(at, [seen])
  else there.push(seen)
}
