/** Work done in turns until it is stopped. */
export interface Loop {
  /** No further turn begins; resolves when the one under way has ended. */
  readonly stop: () => Promise<void>
}

export interface LoopOptions {
  /** One bounded turn; how much was done: 0 lets the loop rest. */
  readonly turn: () => Promise<number>
  /** Pause after a turn that found nothing to do, milliseconds. */
  readonly restMs: number
  readonly onError: (error: unknown) => void
}

/** Between turns that had work: other things get their turn too. */
const BREATH_MS = 5
/** After a failure the pause doubles up to this. */
const LONGEST_REST_MS = 60_000

/** Begins at once, one turn at a time; a turn that fails is told of and tried again later. */
export function startLoop({ turn, restMs, onError }: LoopOptions): Loop {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let failedRestMs = restMs
  const once = async () => {
    let pauseMs = restMs
    try {
      pauseMs = (await turn()) > 0 ? BREATH_MS : restMs
      failedRestMs = restMs
    } catch (error) {
      failedRestMs = Math.min(failedRestMs * 2, LONGEST_REST_MS)
      pauseMs = failedRestMs
      if (!stopped) onError(error)
    }
    if (!stopped) timer = setTimeout(begin, pauseMs).unref()
  }
  let running: Promise<void> = Promise.resolve()
  const begin = () => {
    running = once()
  }
  begin()
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
