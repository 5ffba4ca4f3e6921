import { INTERVAL_MS } from '../clock.ts'
import type { Entry } from '../evidence/entry.ts'
import type { Examined } from '../evidence/verify.ts'
import { intervalsOf } from '../intervals.ts'
import type { Profile } from '../profile/schema.ts'
import type { Site } from '../profile/site.ts'
import type { Overall } from '../verdict/finding.ts'
import { type LineTime, Timelines } from './timeline.ts'
import { type Watched, Watching } from './watched.ts'

/** What a verified bundle says of a time, gathered for reports: nothing is judged here. */
export interface Digest extends Watched {
  readonly site: string
  /** Whole quarter hours. */
  readonly fromMs: number
  readonly toMs: number
  readonly quarters: readonly Quarter[]
  readonly lines: readonly LineTime[]
  /** Of the newest quarter hour; null: it is not in the bundle. */
  readonly profile: { readonly sha256: string; readonly body: Profile } | null
  /** Hashes of all profiles that were judged by, in the order of time. */
  readonly profiles: readonly string[]
  /** The site's values of the newest quarter hour; null: judged without any. */
  readonly values: Site | null
  /** Plans that the quarter hours were judged by, in the order of time; 0: by none. */
  readonly plans: readonly number[]
  /** Whether the log dates all that the site was said to be, and names its hash. */
  readonly siteProven: boolean
  readonly entries: readonly Entry[]
}

export interface Quarter {
  readonly from: number
  readonly to: number
  /** Null: cannot be judged again, or is not in this bundle. */
  readonly overall: Overall | null
  readonly inBundle: boolean
}

type Parts = NonNullable<Examined['parts']>

/** Gathers [fromMs, toMs) of a bundle, or all of it. */
export function digestOf(
  parts: Parts,
  time?: { readonly fromMs: number; readonly toMs: number },
): Digest {
  const { manifest, anew, profiles: bodies } = parts
  const spans = intervalsOf(time?.fromMs ?? manifest.from, time?.toMs ?? manifest.to)
  const lines = new Timelines(spans.length)
  const watching = new Watching(spans.length)
  const profiles = new Set<string>()
  let newest: Digest['profile'] = null
  const quarters = spans.map((span, step): Quarter => {
    const inBundle = span.to > manifest.from && span.from < manifest.to
    const judged = inBundle ? anew.of(span) : null
    if (judged !== null) {
      profiles.add(judged.profileSha256)
      const body = bodies.get(judged.profileSha256)
      if (body !== undefined) newest = { sha256: judged.profileSha256, body }
      lines.add(step, judged.judgement.findings)
    }
    const seen = inBundle ? anew.touching(span) : []
    watching.add(
      step,
      span,
      seen,
      judged === null ? null : (bodies.get(judged.profileSha256) ?? null),
    )
    return { ...span, overall: judged?.judgement.overall ?? null, inBundle }
  })
  const profile = newest as Digest['profile']
  const kinds = new Map((profile?.body.requirements ?? []).map(({ id, kind }) => [id, kind]))
  const fromMs = spans[0]?.from ?? manifest.from
  return {
    ...{ site: manifest.site, fromMs, toMs: fromMs + spans.length * INTERVAL_MS, quarters },
    ...{ lines: lines.lines(kinds), profile, profiles: [...profiles] },
    ...valuesIn(parts, spans),
    entries: parts.entries.map(({ entry }) => entry),
    ...watching.watched(),
  }
}

/** What the site was in these quarter hours, as far as they are in the bundle. */
function valuesIn(
  { manifest, anew }: Parts,
  spans: readonly { readonly from: number; readonly to: number }[],
): Pick<Digest, 'values' | 'plans' | 'siteProven'> {
  const inside = spans.filter(({ from, to }) => to > manifest.from && from < manifest.to)
  const sites = inside.map((span) => anew.valuesOf(span))
  const plans = [...new Set(sites.map(({ version }) => version))]
  const siteProven = sites.every(({ proven }) => proven)
  return { values: sites.at(-1)?.values ?? null, plans, siteProven }
}
