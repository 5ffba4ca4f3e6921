import type { Observation } from '../../shared/record/kinds.ts'
import type { RoundPart } from '../../shared/record/record.ts'
import type { Log } from '../log.ts'
import type { Minute } from './record.ts'

/** What one look at everything besides voice saw. */
export interface FinishedRound {
  /** Milliseconds since 1970. */
  readonly startedMs: number
  readonly everyMs: number
  readonly observations: readonly Observation[]
}

type Part = NonNullable<Minute['round']>

/**
 * A record's payload has room for 48,700 characters (64 kB of envelope, base64), of which its head
 * takes few; a minute of streams takes some 15,000.
 */
export const MOST_OF_RECORD = 46_000
const MOST_OF_PART = 24_000
export const MOST_PARTS = 16

/**
 * Parts of rounds that wait for a minute with room for them. A newer round takes the place of an
 * older one that has not gone yet: what is sent late would be out of date on arrival.
 */
export class RoundQueue {
  readonly #log: Log
  #waiting: Part[] = []

  constructor(log: Log) {
    this.#log = log
  }

  add(round: FinishedRound): void {
    const { startedMs, everyMs } = round
    const fitting = round.observations.filter((seen) => this.#fits(seen))
    const chunks = packed(fitting, MOST_OF_PART, (seen) => sizeOf([seen])).slice(0, MOST_PARTS)
    if (this.#waiting.length > 0) {
      const left = this.#waiting.length
      this.#log.warn('a look besides voice is replaced by a newer one before it was sent', { left })
    }
    this.#waiting = chunks.map((observations, at) => {
      const tag: RoundPart = { startedMs, part: at + 1, parts: chunks.length, everyMs }
      return { tag, observations }
    })
  }

  /** The next part, if it fits beside what the record holds already (characters of JSON). */
  take(used: number): Part | undefined {
    const [next] = this.#waiting
    if (next === undefined || used + sizeOf(next.observations) > MOST_OF_RECORD) return undefined
    this.#waiting = this.#waiting.slice(1)
    return next
  }

  #fits(seen: Observation): boolean {
    const size = sizeOf([seen])
    if (size <= MOST_OF_RECORD) return true
    this.#log.error('what a probe saw is too large for a record and is left out', {
      ...{ kind: seen.kind, characters: size },
    })
    return false
  }
}

/** As few parts as it takes, in the order given; what is larger than `most` characters goes alone. */
export function packed<T>(
  items: readonly T[],
  most: number,
  sizeOfOne: (item: T) => number,
): T[][] {
  const parts: T[][] = []
  let used = Number.POSITIVE_INFINITY
  for (const item of items) {
    const size = sizeOfOne(item)
    if (used + size > most) {
      parts.push([])
      used = 0
    }
    parts.at(-1)?.push(item)
    used += size
  }
  return parts
}

/** Characters of JSON. */
export function sizeOf(values: readonly unknown[]): number {
  return JSON.stringify(values).length
}
