import type { Finding } from './finding.ts'
import { type JudgedLine, WHOLE_SITE_FILE } from './judged-line.ts'
import { findingOf, NO_SCALE, type Ruling } from './ruling.ts'
import { farEndsOf, type Scene } from './scene.ts'

/**
 * A line that no observation can answer yet: not tested, with the reason nearest to what a person can
 * mend. A missing value comes first, since no probe could run without it.
 */
export function judgeUntested(line: JudgedLine, scene: Scene): readonly Finding[] {
  const { requirement, missing } = line
  const farEnds = farEndsOf(requirement)
  if (missing !== null) return [atNoPlace(line, needsValue(missing))]
  if (farEnds.length === 0) return [atNoPlace(line, PROBE_NOT_RUN)]
  return farEnds.map((farEnd) => {
    const absent = scene.site !== null && scene.site.farEnds[farEnd] === undefined
    const ruling: Ruling = absent
      ? {
          verdict: 'not-tested',
          reason: 'far-end-not-configured',
          detail: `farEnds.${farEnd} is missing`,
        }
      : PROBE_NOT_RUN
    return findingOf(requirement, { leg: 'none', farEnd }, NO_SCALE, ruling)
  })
}

/** A line that the parties left out for this site; it decides nothing, and says why. */
export function judgeWaived(line: JudgedLine, why: string): readonly Finding[] {
  const ruling: Ruling = { verdict: 'not-tested', reason: 'waived', detail: why }
  return [{ ...atNoPlace(line, ruling), required: false }]
}

const PROBE_NOT_RUN: Ruling = { verdict: 'not-tested', reason: 'probe-not-run' }

function needsValue(key: string): Ruling {
  const advice =
    key === WHOLE_SITE_FILE
      ? "put its values into the site's plan at the collector (voip-ready collector plan put)"
      : `add ${key} to the site file`
  return { verdict: 'not-tested', reason: 'needs-site-value', detail: `missing: ${key}`, advice }
}

function atNoPlace({ requirement }: JudgedLine, ruling: Ruling): Finding {
  return findingOf(requirement, { leg: 'none', farEnd: 'none' }, NO_SCALE, ruling)
}
