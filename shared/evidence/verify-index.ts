import { INTERVAL_MS } from '../clock.ts'
import { CARRIED_HOLDS_MS, carriedBy } from '../verdict/period.ts'
import type { SeenRecord } from './verify-items.ts'

/** Quarter hours that a record is found under at most: no window is longer than a day. */
const MOST_PLACES = 97

export type Placed = Pick<SeenRecord, 'index' | 'record' | 'unread'>

/** What of a record holds beyond its window; of one in words unknown here, what may. */
export function carryingOf({ record, unread }: Pick<Placed, 'record' | 'unread'>) {
  if (unread === null) return carriedBy(record)
  return unread === 'round' || unread === 'run' ? unread : null
}

/** Records by the quarter hours that their windows touch, so that each one is judged from its own. */
export class RecordIndex<R extends Placed> {
  readonly #touching = new Map<number, R[]>()
  readonly #carrying = { round: new Map<number, R[]>(), run: new Map<number, R[]>() }

  add(seen: R): void {
    const { window } = seen.record
    const carried = carryingOf(seen)
    const last = Math.ceil(window.to / INTERVAL_MS) - 1
    const first = Math.max(Math.floor(window.from / INTERVAL_MS), last - MOST_PLACES)
    for (let at = first; at <= last; at += 1) put(this.#touching, at, seen)
    if (carried !== null) put(this.#carrying[carried], last, seen)
  }

  /** Forgets what no time from `sinceMs` on is judged by. */
  forget(sinceMs: number): void {
    dropBefore(this.#touching, sinceMs)
    for (const carried of ['round', 'run'] as const)
      dropBefore(this.#carrying[carried], sinceMs - CARRIED_HOLDS_MS[carried] - INTERVAL_MS)
  }

  /** Those whose windows touch [from, to), in the order of the log. */
  touching(from: number, to: number): R[] {
    return collect(this.#touching, from, to)
  }

  /** Those, and all that may carry what held at the end, in the order of the log. */
  near(from: number, to: number): R[] {
    const carrying = (['round', 'run'] as const).flatMap((carried) => {
      const since = to - CARRIED_HOLDS_MS[carried] - INTERVAL_MS
      return collect(this.#carrying[carried], since, to)
    })
    return inOrder([...this.touching(from, to), ...carrying])
  }
}

function dropBefore(places: Map<number, unknown>, ms: number): void {
  for (const at of places.keys()) if (at < Math.floor(ms / INTERVAL_MS)) places.delete(at)
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
