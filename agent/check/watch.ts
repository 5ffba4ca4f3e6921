import type { Output } from '../cli/output.ts'
import type { StreamEvent } from '../stream/types.ts'
import { Progress } from './progress.ts'

/** Without one reply from anywhere after this time a run is not worth its length. */
const PATIENCE_MS = 5_000
const REDRAW_MS = 250

export interface Watch {
  readonly onEvent: (event: StreamEvent) => void
  /** A probe says what it looks at now. */
  readonly onProbe: (probe: string, text: string) => void
  /** Fires on Ctrl-C and on SIGTERM. */
  readonly stop: AbortSignal
  /** Fires also when nobody answers the streams at all; the other probes go on. */
  readonly stopMedia: AbortSignal
  /** Clears the progress line and gives the signals back. */
  end(): void
}

/**
 * Watches a run for a person: a progress line on a terminal, Ctrl-C, and an end to lost causes.
 * @param durationMs how long voice is measured; 0 where it is not
 */
export function watchRun(durationMs: number, output: Output): Watch {
  const stopping = new AbortController()
  const interrupt = () => {
    output.err(`${output.live ? '\r\u001b[K' : ''}stopping; what was seen until now is judged\n`)
    stopping.abort()
  }
  // Once only: a second Ctrl-C ends the process at once, as people expect.
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  const show = (line: string) => {
    // A line that the terminal folds could not be drawn over.
    if (output.live) output.err(`\r\u001b[K${line.slice(0, output.columns - 1)}`)
  }
  const watch = watchUntil(stopping.signal, { durationMs, everyMs: REDRAW_MS, show })
  return {
    ...watch,
    end() {
      watch.end()
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', interrupt)
      if (output.live) output.err('\r\u001b[K')
    },
  }
}

export interface Showing {
  /** How long voice is measured, milliseconds; 0 where it is not. */
  readonly durationMs: number
  /** Milliseconds from one progress line to the next. */
  readonly everyMs: number
  readonly show: (line: string) => void
}

/** Watches a run that somebody else may stop. */
export function watchUntil(stop: AbortSignal, { durationMs, everyMs, show }: Showing): Watch {
  const progress = new Progress()
  const lostCause = new AbortController()
  const startMs = performance.now()
  const redraw = setInterval(
    () => show(progress.line(performance.now() - startMs, durationMs)),
    everyMs,
  )
  const patience = setTimeout(() => {
    if (progress.received === 0) lostCause.abort()
  }, PATIENCE_MS)
  return {
    onEvent: (event) => progress.note(event),
    onProbe: (probe, text) => progress.look(probe, text),
    stop,
    stopMedia: AbortSignal.any([stop, lostCause.signal]),
    end() {
      clearInterval(redraw)
      clearTimeout(patience)
    },
  }
}
