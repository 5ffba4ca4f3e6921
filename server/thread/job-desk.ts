import { withAnyOf } from '../../shared/any-of.ts'

/** Jobs that may wait for the one that is being done. */
const MOST_WAITING = 3
/** A month of a site takes one to four minutes, as busy as the machine is; nothing may take for ever. */
const LONGEST_MS = 480_000
/** From being asked to the end, for whoever waits. */
export const PATIENCE_MS = (MOST_WAITING + 2) * LONGEST_MS

/** So many wait already that another one is turned away. */
export class DeskFull extends Error {
  override readonly name = 'DeskFull'
}

/** A job came to no end within its time, its memory or its room. */
export class JobTooMuch extends Error {
  override readonly name = 'JobTooMuch'
}

interface Place {
  readonly tell: (before: number) => void
}

/** Does long jobs one after the other, each with an end in time; few wait. */
export class JobDesk {
  readonly #closing = new AbortController()
  readonly #longestMs: number
  #last: Promise<unknown> = Promise.resolve()
  /** Who works, and who waits, in their order. */
  readonly #line = new Set<Place>()

  constructor(longestMs = LONGEST_MS) {
    this.#longestMs = longestMs
  }

  /**
   * What a job comes to.
   * @param job begun when it is its turn; it must end at the signal: the next one waits for that
   * @param gone ends waiting and working @throws its reason
   * @param tell hears how many are before this one, now and whenever that changes
   * @throws DeskFull, JobTooMuch; what the job throws
   */
  async do<T>(
    job: (signal: AbortSignal) => Promise<T>,
    gone: AbortSignal,
    tell: (before: number) => void = () => {},
  ): Promise<T> {
    if (this.#line.size > MOST_WAITING) throw new DeskFull(`${this.#line.size} wait already`)
    const place: Place = { tell }
    this.#line.add(place)
    tell(this.#line.size - 1)
    try {
      return await withAnyOf([gone, this.#closing.signal], (given) => this.#inTurn(job, given))
    } finally {
      this.#line.delete(place)
      for (const [before, other] of [...this.#line].entries()) other.tell(before)
    }
  }

  /** Ends what is under way; nobody waits any longer. */
  close(): void {
    this.#closing.abort(new JobTooMuch('the collector is being stopped'))
  }

  #inTurn<T>(job: (signal: AbortSignal) => Promise<T>, given: AbortSignal): Promise<T> {
    const mine = this.#last.then(() => {
      given.throwIfAborted()
      return this.#timed(job, given)
    })
    this.#last = mine.catch(() => {})
    // Who is gone holds no place any longer; the next one begins when his job has ended.
    return Promise.race([mine, endOf(given)])
  }

  async #timed<T>(job: (signal: AbortSignal) => Promise<T>, given: AbortSignal): Promise<T> {
    const slow = new JobTooMuch(`more than ${this.#longestMs / 1000} s`)
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(slow), this.#longestMs)
    try {
      return await withAnyOf([given, late.signal], job)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Rejects with the signal's reason once it is aborted. */
export function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}
