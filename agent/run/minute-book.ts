import type { StreamObservation } from '../../shared/record/observation.ts'
import type { Beside } from './evidence.ts'
import type { Minute } from './record.ts'

/** How long a minute waits for a far end whose window has not closed. */
export const GRACE_MS = 15_000

interface Page {
  readonly firstSeenMs: number
  /** By far end, and the segment whose border it is. */
  readonly observations: Map<string, StreamObservation>
  readonly beside: Map<string, Beside>
}

/**
 * Puts the windows of several far ends that cover the same minute together into one record. A far
 * end that stays silent holds up the others for {@link GRACE_MS} at most; a window that comes later
 * still becomes a record of its own, because nothing that was seen is thrown away.
 */
export class MinuteBook {
  #streams: number
  readonly #pages = new Map<number, Page>()

  /** @param streams whose windows make up a minute */
  constructor(streams: number) {
    this.#streams = streams
  }

  /** So many streams run from now on. */
  expect(streams: number): void {
    this.#streams = streams
  }

  /** @param nowMs monotonic milliseconds; @param beside what stands behind the observation */
  add(observation: StreamObservation, nowMs: number, beside?: Beside): void {
    const page = this.#pages.get(observation.from) ?? {
      firstSeenMs: nowMs,
      observations: new Map(),
      beside: new Map(),
    }
    const { farEnd, segment = '' } = observation
    const name = `${farEnd} ${segment}`
    page.observations.set(name, observation)
    if (beside !== undefined) page.beside.set(name, beside)
    this.#pages.set(observation.from, page)
  }

  /** Takes out the minutes that are complete or have waited long enough, oldest first. */
  take(nowMs: number): Minute[] {
    return this.#takeWhere(
      (page) => page.observations.size >= this.#streams || nowMs - page.firstSeenMs >= GRACE_MS,
    )
  }

  /** Takes out everything, at the end. */
  takeAll(): Minute[] {
    return this.#takeWhere(() => true)
  }

  #takeWhere(isDue: (page: Page) => boolean): Minute[] {
    const due = [...this.#pages].filter(([, page]) => isDue(page)).sort(([a], [b]) => a - b)
    for (const [from] of due) this.#pages.delete(from)
    return due.map(([, page]) =>
      minuteOf([...page.observations.values()], [...page.beside.values()]),
    )
  }
}

function minuteOf(observations: readonly StreamObservation[], beside: readonly Beside[]): Minute {
  const from = Math.min(...observations.map((seen) => seen.from))
  const to = Math.max(...observations.map((seen) => seen.to))
  // Far ends first: the first of a record speaks for the site.
  const order = ({ farEnd, segment }: Pick<StreamObservation, 'farEnd' | 'segment'>) =>
    (segment === undefined ? 0 : 2) + (farEnd === 'primary' ? 0 : 1)
  // One host, one pair of clocks: any window of the minute speaks for it.
  const clock = beside[0]?.clock
  const evidence = beside.map((one) => one.evidence).sort((a, b) => order(a) - order(b))
  return {
    from,
    to,
    monotonicMs: clock === undefined ? to - from : lengthBy(clock),
    ...(clock === undefined ? {} : { clock }),
    ...(evidence.length === 0 ? {} : { evidence }),
    observations: [...observations].sort((a, b) => order(a) - order(b)),
  }
}

/** Milliseconds by the monotonic clock; a host that slept cannot have measured less than nothing. */
function lengthBy({ monotonicFromMs, monotonicToMs }: Beside['clock']): number {
  return Math.max(0, Math.round((monotonicToMs - monotonicFromMs) * 1e3) / 1e3)
}
