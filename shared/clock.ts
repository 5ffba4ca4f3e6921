/**
 * Two clocks, one interface: monotonic for durations, wall for evidence. Time is always an argument
 * or comes from here; nothing in shared/ reads a real clock.
 *
 * Nanoseconds since 1970 do not fit a double exactly, so instants are counted from `baseSeconds`
 * (a whole UTC day): exact for 104 days.
 */
export interface Clock {
  /** Seconds since 1970 of the instant that wall nanoseconds are counted from. */
  readonly baseSeconds: number
  /** Wall time, nanoseconds since `baseSeconds`. May step. */
  wallNs(): number
  /** Monotonic time in nanoseconds from an arbitrary start. Never steps. */
  monotonicNs(): number
}

export const NS_PER_MS = 1e6
export const NS_PER_SECOND = 1e9
/** The window of a continuous stream: one wall-clock minute (DESIGN section 1). */
export const WINDOW_NS = 60 * NS_PER_SECOND
/** So long a minute is kept open for the word of a far end that fell silent in it: it may still have counted. */
export const FAR_END_WAIT_MS = 240_000
/**
 * A minute that waited for its far end is recorded behind those that came after it: all records of a time
 * stand, in their agent's chain, between one that ended so long before it and one that began so long after it.
 */
export const CHAIN_MARGIN_MS = FAR_END_WAIT_MS + 60_000
/** The vendor's reporting grid: fifteen minutes, on the quarter hour. */
export const INTERVAL_MS = 15 * 60 * 1000

/**
 * An agent that nothing came from for so long is silent. One whose far ends all fell silent says nothing for a minute
 * and the wait for their word, and is no blind instrument: a minute more than that.
 */
export const SILENT_AFTER_MS = 60_000 + FAR_END_WAIT_MS + 60_000
