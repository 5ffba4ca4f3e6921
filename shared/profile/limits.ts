import type { Profile, Requirement } from './schema.ts'

/** Counted against where a profile has no such line: the figures are information then. */
const USUAL_DELAY_MS = 150
const USUAL_JITTER_MS = 30

/** The limits of a profile that packets are counted against while they are measured. */
export function measureLimitsOf(profile: Profile): {
  readonly delayMs: number
  readonly jitterMs: number
  readonly lateAfterMs: number
  readonly driftPpm: number
} {
  const delay = lineOf(profile, 'one-way-delay')
  const jitter = lineOf(profile, 'jitter')
  return {
    delayMs: delay?.limitMs ?? USUAL_DELAY_MS,
    jitterMs: jitter?.limitMs ?? USUAL_JITTER_MS,
    lateAfterMs: profile.judging.lateAfterMs,
    driftPpm: profile.judging.clockDriftPpm,
  }
}

function lineOf<K extends Requirement['kind']>(
  profile: Profile,
  kind: K,
): Extract<Requirement, { kind: K }> | undefined {
  return profile.requirements.find(
    (line): line is Extract<Requirement, { kind: K }> => line.kind === kind,
  )
}
