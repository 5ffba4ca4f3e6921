import { lacking } from '../profile/lines.ts'
import { periodOf } from '../verdict/coverage.ts'
import type { Judgement } from '../verdict/finding.ts'
import { judge } from '../verdict/judge.ts'
import { decides } from '../verdict/runs.ts'
import { type RunSeen, runsIn } from './seen-runs.ts'
import type { SeenRecord } from './verify-items.ts'
import type { JudgingParts } from './verify-verdicts.ts'

/** A check that was asked for, as a bundle holds it: judged anew from its own counts. */
export interface LookStatement extends Pick<RunSeen, 'agent' | 'run' | 'signed'> {
  /** Null: nothing can be said of it, and `why`. */
  readonly judgement: Judgement | null
  readonly why: string
}

/**
 * Judges the checks that were asked for in [from, to), each from its own observations and by what the
 * site was then. They stand for themselves: no quarter hour is judged by them.
 */
export function stateLooks(
  records: readonly SeenRecord[],
  parts: Pick<JudgingParts, 'profiles' | 'site'>,
  time: { readonly from: number; readonly to: number },
): LookStatement[] {
  return runsIn(records)
    .filter(({ run }) => !decides(run) && run.to > time.from && run.from < time.to)
    .map((look) => ({
      agent: look.agent,
      run: look.run,
      signed: look.signed,
      ...judged(look, parts),
    }))
}

function judged(
  { run, seen, why, profileSha256: sha256 }: RunSeen,
  { profiles, site }: Pick<JudgingParts, 'profiles' | 'site'>,
): Pick<LookStatement, 'judgement' | 'why'> {
  if (seen === null) return { judgement: null, why }
  const profile = profiles.get(sha256)
  if (profile === undefined) return { judgement: null, why: 'its profile is not here' }
  const { lines } = run
  const strange = lacking(profile, lines ?? [])
  if (strange.length > 0) {
    // Judged on the rest it would be another check than the one that was asked for.
    const named = `${profile.id} ${profile.version}`
    return { judgement: null, why: `it names ${strange.join(', ')}, which ${named} lacks` }
  }
  const { values } = site.at(run.from, run.to)
  if (values === undefined) return { judgement: null, why: 'what the site was then is not here' }
  const voice = periodOf(seen.filter(({ kind }) => kind === 'stream'))
  const period = voice ?? periodOf(seen) ?? { from: run.from, to: run.to }
  const judgement = judge({
    ...{ profile, sha256, site: values, observations: seen, ...period },
    ...(lines === undefined ? {} : { onlyLines: lines }),
  })
  return { judgement, why: '' }
}
