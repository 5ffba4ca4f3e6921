import type { FarEndName } from '../../shared/profile/site.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { Minute } from './record.ts'

/** How long a minute waits for a far end whose window has not closed. */
export const GRACE_MS = 15_000

interface Page {
  readonly firstSeenMs: number
  readonly observations: Map<FarEndName, StreamObservation>
}

/**
 * Puts the windows of several far ends that cover the same minute together into one record. A far
 * end that stays silent holds up the others for {@link GRACE_MS} at most; a window that comes later
 * still becomes a record of its own, because nothing that was seen is thrown away.
 */
export class MinuteBook {
  readonly #farEnds: readonly FarEndName[]
  readonly #pages = new Map<number, Page>()

  constructor(farEnds: readonly FarEndName[]) {
    this.#farEnds = farEnds
  }

  /** @param nowMs monotonic milliseconds */
  add(observation: StreamObservation, nowMs: number): void {
    const page = this.#pages.get(observation.from) ?? {
      firstSeenMs: nowMs,
      observations: new Map(),
    }
    page.observations.set(observation.farEnd, observation)
    this.#pages.set(observation.from, page)
  }

  /** Takes out the minutes that are complete or have waited long enough, oldest first. */
  take(nowMs: number): Minute[] {
    return this.#takeWhere(
      (page) =>
        page.observations.size >= this.#farEnds.length || nowMs - page.firstSeenMs >= GRACE_MS,
    )
  }

  /** Takes out everything, at the end. */
  takeAll(): Minute[] {
    return this.#takeWhere(() => true)
  }

  #takeWhere(isDue: (page: Page) => boolean): Minute[] {
    const due = [...this.#pages].filter(([, page]) => isDue(page)).sort(([a], [b]) => a - b)
    for (const [from] of due) this.#pages.delete(from)
    return due.map(([, page]) => minuteOf([...page.observations.values()]))
  }
}

function minuteOf(observations: readonly StreamObservation[]): Minute {
  const from = Math.min(...observations.map((seen) => seen.from))
  const to = Math.max(...observations.map((seen) => seen.to))
  const order = (seen: StreamObservation) => (seen.farEnd === 'primary' ? 0 : 1)
  return {
    from,
    to,
    monotonicMs: to - from,
    observations: [...observations].sort((a, b) => order(a) - order(b)),
  }
}
