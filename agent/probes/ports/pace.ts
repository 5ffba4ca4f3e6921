import { inParallel } from '../../io/limited.ts'
import { AT_ONCE, GENTLE_AT_ONCE, GENTLE_PAUSE_MS } from './limits.ts'

/** How fast ports are tried, and who is told how far it is. */
export interface Pace {
  each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<(R | undefined)[]>
}

/** At full speed, or so slowly that calls under way do not notice. */
export function paceOf(
  gentle: boolean,
  sleep: (ms: number) => Promise<unknown>,
  signal: AbortSignal,
  done: () => void,
): Pace {
  return {
    each: (items, work) =>
      inParallel(
        items,
        gentle ? GENTLE_AT_ONCE : AT_ONCE,
        async (item) => {
          const result = await work(item)
          done()
          if (gentle) await sleep(GENTLE_PAUSE_MS)
          return result
        },
        signal,
      ),
  }
}
