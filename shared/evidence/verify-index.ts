import { INTERVAL_MS } from '../clock.ts'
import { LONGEST_VALIDITY_MS } from '../verdict/rounds.ts'
import type { SeenRecord } from './verify-items.ts'

/** Quarter hours that a record is found under at most: no window is longer than a day. */
const MOST_PLACES = 97

/** Records by the quarter hours that their windows touch, so that each one is judged from its own. */
export class RecordIndex {
  readonly #touching = new Map<number, SeenRecord[]>()
  readonly #rounds = new Map<number, SeenRecord[]>()

  add(seen: SeenRecord): void {
    const { window, round } = seen.record
    const last = Math.ceil(window.to / INTERVAL_MS) - 1
    const first = Math.max(Math.floor(window.from / INTERVAL_MS), last - MOST_PLACES)
    for (let at = first; at <= last; at += 1) put(this.#touching, at, seen)
    if (round !== undefined) put(this.#rounds, last, seen)
  }

  /** Those whose windows touch [from, to), in the order of the log. */
  touching(from: number, to: number): SeenRecord[] {
    return collect(this.#touching, from, to)
  }

  /** Those, and all that may carry what held at the end, in the order of the log. */
  near(from: number, to: number): SeenRecord[] {
    const rounds = collect(this.#rounds, to - LONGEST_VALIDITY_MS - INTERVAL_MS, to)
    return inOrder([...this.touching(from, to), ...rounds])
  }
}

function collect(map: ReadonlyMap<number, SeenRecord[]>, from: number, to: number): SeenRecord[] {
  const found: SeenRecord[] = []
  for (let at = Math.floor(from / INTERVAL_MS); at * INTERVAL_MS < to; at += 1) {
    found.push(...(map.get(at) ?? []))
  }
  return inOrder(found)
}

function inOrder(found: readonly SeenRecord[]): SeenRecord[] {
  return [...new Set(found)].sort((a, b) => a.index - b.index)
}

function put(map: Map<number, SeenRecord[]>, at: number, seen: SeenRecord): void {
  const there = map.get(at)
  if (there === undefined) map.set(at, [seen])
  else there.push(seen)
}
