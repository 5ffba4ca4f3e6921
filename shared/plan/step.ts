/** Longest step of a run of load, seconds: of each the reflector signs all, and it remembers 327 s. */
export const LONGEST_STEP_SECONDS = 300
