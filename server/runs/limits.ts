/** Bounds of runs on demand; milliseconds and counts. */
export interface RunLimits {
  /** A run that no agent takes in this time is expired. */
  readonly expiresMs: number
  /** An agent that says nothing of its run for so long has lost it. */
  readonly silentMs: number
  /** Runs of one site that wait or are under way. */
  readonly mostOpen: number
  /** Readers that watch runs at the same time: of one run, and of all. */
  readonly mostWatchersOfRun: number
  readonly mostWatchers: number
  /** How often the table is looked at for what other collectors did. */
  readonly tickMs: number
}

export const USUAL_RUN_LIMITS: RunLimits = {
  expiresMs: 120_000,
  silentMs: 60_000,
  mostOpen: 8,
  mostWatchersOfRun: 16,
  mostWatchers: 200,
  tickMs: 1000,
}
