import { DamageBook } from '../eligibility/damage.ts'
import { evidenceOf } from '../eligibility/evidence.ts'
import type { Examined } from '../evidence/verify.ts'
import type { TrustedKeys } from '../evidence/verify-items.ts'
import { touching } from '../intervals.ts'
import { RUN_OF } from '../verdict/runs.ts'
import { type Digest, digestOf } from './digest.ts'
import { span, stamp } from './zone.ts'

type Parts = NonNullable<Examined['parts']>

/** The quarter hours that a readiness report speaks of. */
export interface Counted {
  readonly digest: Digest
  /** Why some at the beginning are set apart; null: all of the bundle's are spoken of. */
  readonly apart: string | null
}

/**
 * All quarter hours of a bundle, but for those it begins with that cannot be said because its agents
 * made load of their own then. They must be shown, since a run is only known to be the newest from
 * its own time on; they decide nothing, since nobody else's voice was measured well beside that load.
 * One that fails is never set apart, and none later: whoever runs load all the time is not ready.
 */
export function countedOf(parts: Parts): Counted {
  const whole = digestOf(parts)
  const runs = parts.records.flatMap(({ record: { run } }) =>
    run === undefined || run.outcome === 'lost' ? [] : [run],
  )
  const isOwn = (quarter: Digest['quarters'][number]) =>
    quarter.overall === 'CANNOT SAY' && runs.some((run) => touching(run, quarter))
  const first = whole.quarters.findIndex((quarter) => !isOwn(quarter))
  const from = whole.quarters[first]?.from
  if (first <= 0 || from === undefined) return { digest: whole, apart: null }
  const time = span(whole.fromMs, from)
  return {
    digest: digestOf(parts, { fromMs: from, toMs: parts.manifest.to }),
    apart: `${time} is set apart: the agent made load of its own then, and voice could not be told beside it.`,
  }
}

/** Why what runs of load showed must not certify, and from when on a bundle must show all to do so. */
export interface Unshown {
  readonly why: string
  /** Milliseconds since 1970. */
  readonly begunMs: number
}

/**
 * A newer run of the kind that a line rests on may stand in records that are not here. Null: none can,
 * or no line rests on one.
 */
export function unshownRun(examined: Examined, keys: TrustedKeys, digest: Digest): Unshown | null {
  const evidence = evidenceOf(examined, keys)
  if (evidence === null) return null
  const required = (digest.profile?.body.requirements ?? []).filter((line) => line.required)
  const kinds = [...new Set(required.flatMap(({ kind }) => RUN_OF[kind] ?? []))].sort()
  const book = new DamageBook(evidence)
  const denied = kinds.flatMap((kind) => {
    const quarter = digest.quarters.find((one) => book.runAt(one, kind) !== null)
    if (quarter === undefined) return []
    const begun = book.runsAt(quarter.to, kind).map((one) => one.record.run?.from ?? 0)
    return [{ kind, begun: Math.max(...begun) }]
  })
  if (denied.length === 0) return null
  const names = denied.map(({ kind }) => kind).join(', ')
  const begunMs = Math.min(...denied.map((one) => one.begun))
  const why =
    `No certificate, although every required line passes by what is here. Records since the run of load (${names}) ` +
    'are not all here, and a newer run that failed may be among them: ' +
    `for a certificate cut a bundle that begins at ${stamp(begunMs)} or before.`
  return { why, begunMs }
}
