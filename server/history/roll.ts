import { findingsDigest } from '../../shared/evidence/findings-digest.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import type { Profile } from '../../shared/profile/schema.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { Hole } from '../../shared/verdict/coverage.ts'
import type { Finding } from '../../shared/verdict/finding.ts'
import type { Judged } from '../judging/judging.ts'
import type { RolledInterval } from '../store/history/rolled.ts'
import type { Slice } from '../store/history/runs.ts'
import { figuresOf, placesOf } from './figures.ts'

/** The line under which the site's overall word stands among the verdict intervals. */
export const OVERALL = 'overall'

/**
 * An interval as the history keeps it, from its judgement and the streams behind it. `silence` tells
 * for every moment what it means that no record covers it. Pure: the same input, the same rows.
 */
export function rollInterval(input: {
  readonly site: string
  readonly judged: Judged
  readonly profile: Profile | null
  readonly streams: readonly StreamObservation[]
  readonly silence: readonly Hole[]
  readonly nowMs: number
}): RolledInterval {
  const { site, judged, profile, streams, silence, nowMs } = input
  const { fromMs, records } = judged
  const findings = judged.judgement?.findings ?? []
  const overall = judged.judgement?.overall ?? 'CANNOT SAY'
  const down = silence.some(({ cause }) => cause === 'collector-down')
  const cause = records > 0 ? 'none' : down ? 'collector-down' : 'site-silent'
  const of = { profile, findings }
  return {
    ...{ site, fromMs, nowMs },
    period: {
      ...{ overall, cause, records, left_out: judged.leftOut },
      profile_sha256: judged.profileSha256,
      findings_sha256: findingsDigest(nodeCrypto, findings),
    },
    farEnds: placesOf(streams, profile).map((place) =>
      figuresOf(place, streams, of, { fromMs, silence }),
    ),
    slices: slicesOf(findings, overall, cause),
  }
}

function slicesOf(findings: readonly Finding[], overall: string, cause: string): Slice[] {
  const whole = { line: OVERALL, leg: 'none', farEnd: 'none', segment: '' }
  const reason = cause === 'none' ? 'judged' : cause
  const slices = new Map<string, Slice>([['', { ...whole, verdict: overall, reason }]])
  for (const finding of findings) {
    const { id: line, leg, farEnd, segment = '', verdict } = finding
    const key = `${line}/${leg}/${farEnd}/${segment}`
    // Findings come worst first: of several at one place the worst speaks.
    if (!slices.has(key)) {
      slices.set(key, { line, leg, farEnd, segment, verdict, reason: finding.reason })
    }
  }
  return [...slices.values()]
}
