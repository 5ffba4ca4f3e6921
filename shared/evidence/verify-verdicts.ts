import type { Time } from '../intervals.ts'
import type { Profile } from '../profile/schema.ts'
import type { Judgement } from '../verdict/finding.ts'
import { judgePeriod } from '../verdict/judge-period.ts'
import { roundAt } from '../verdict/period.ts'
import { runsAt } from '../verdict/runs.ts'
import { findingsDigest } from './findings-digest.ts'
import { ProfilesHeard } from './site-dates.ts'
import { chosenFor } from './verify-chosen.ts'
import { RecordIndex } from './verify-index.ts'
import type { Report, SeenRecord, VerifyTools } from './verify-items.ts'
import type { SiteValues, ValuesOfTime } from './verify-site.ts'

export interface JudgedInterval {
  readonly from: number
  readonly to: number
  readonly records: number
  readonly profileSha256: string
  readonly judgement: Judgement
  readonly findingsSha256: string
}

export interface JudgingParts {
  readonly tools: Pick<VerifyTools, 'sha256'>
  readonly profiles: ReadonlyMap<string, Profile>
  /** The site's values of each time. */
  readonly site: { readonly at: SiteValues['at'] }
  readonly report: Report
}

/** What of a record is judged. */
export type Judged = Pick<SeenRecord, 'index' | 'record' | 'observations' | 'unread'>

function whole({ record, observations }: Judged) {
  const { agent, round, run, profile } = record
  return {
    ...{ agent, profile, observations: observations() },
    ...(round === undefined ? {} : { round }),
    ...(run === undefined ? {} : { run }),
  }
}

/** What a judgement comes down to, for every interval and every state of the log that was asked of. */
export interface JudgedWord {
  readonly overall: Judgement['overall']
  /** Requirement ids that fail. */
  readonly failing: readonly string[]
  readonly records: number
  readonly findingsSha256: string
}

/** Judgements that are held whole: one takes some 40 kB, and a month has 2,976 quarter hours. */
const MOST_WHOLE = 64

/**
 * The answer to one question: which records are judged, and for which time; null: no profile. The whole
 * judgement stands beside it where it was asked for.
 */
export type Word = readonly [
  question: string,
  answer: JudgedWord | null,
  whole?: JudgedInterval | null,
]

/** Judges intervals anew from the records read so far, each state of each interval once. */
export class Rejudge<R extends Judged = Judged> {
  readonly #parts: Omit<JudgingParts, 'report'>
  readonly #index = new RecordIndex<R>()
  readonly #words = new Map<string, JudgedWord | null>()
  #said: Word[] = []
  readonly #mostWhole: number
  readonly #whole = new Map<string, JudgedInterval>()
  readonly #profiles = new ProfilesHeard()

  /** @param keepsAll judgements are held whole, for who will ask for each of them once more */
  constructor(parts: Omit<JudgingParts, 'report'>, keepsAll = false) {
    this.#parts = parts
    this.#mostWhole = keepsAll ? Number.POSITIVE_INFINITY : MOST_WHOLE
  }

  /** Takes what another one has judged from the same records, profiles and site. */
  know(words: readonly Word[]): void {
    for (const [question, answer, whole] of words) {
      this.#words.set(question, answer)
      if (whole) this.#hold(question, whole)
    }
  }

  /** What was judged since it was asked for last, in words or whole. */
  said(whole: boolean): Word[] {
    const said = this.#said
    this.#said = []
    return whole ? said : said.map(([question, answer]) => [question, answer])
  }

  add(seen: R): void {
    this.#index.add(seen)
    this.#profiles.add(seen.record.window.from, seen.record.profile.sha256)
  }

  /** Nothing is asked any more of times that begin before this one: their records are forgotten. */
  forget(sinceMs: number): void {
    this.#index.forget(sinceMs)
  }

  /**
   * The judgement from what stands before leaf `beforeIndex` (null: all); null where its profile or
   * the site's values of its time are not here, or a record of it holds words that this build lacks.
   */
  of(time: Time, beforeIndex: number | null = null): JudgedInterval | null {
    const { key, ...asked } = this.#asked(time, beforeIndex)
    const known = this.#whole.get(key)
    if (known !== undefined) return known
    const judged = rejudge(this.#parts, asked, time)
    const word = wordOf(judged)
    this.#words.set(key, word)
    this.#said.push([key, word, judged])
    if (judged === null) return null
    this.#hold(key, judged)
    return judged
  }

  /** The same where nothing is said of the site: what comes out alike rests on no word about it. */
  ofNoSite(time: Time): JudgedInterval | null {
    const { then, fallback } = this.#asked(time, null)
    return rejudge(this.#parts, { then, fallback, site: null }, time)
  }

  #hold(key: string, judged: JudgedInterval): void {
    const [oldest] = this.#whole.keys()
    if (oldest !== undefined && this.#whole.size >= this.#mostWhole) this.#whole.delete(oldest)
    this.#whole.set(key, judged)
  }

  /** What `of` comes down to. */
  wordOf(time: Time, beforeIndex: number | null = null): JudgedWord | null {
    const { key } = this.#asked(time, beforeIndex)
    const known = this.#words.get(key)
    return known !== undefined ? known : wordOf(this.of(time, beforeIndex))
  }

  /** Records come in the order of the log: so many of them, the last being this, are always the same. */
  #asked(time: Time, beforeIndex: number | null) {
    const near = this.#index.near(time.from, time.to)
    const then = near.filter(({ index }) => beforeIndex === null || index < beforeIndex)
    const fallback = this.#profiles.before(time.from)
    const site = this.valuesOf(time, beforeIndex)
    const said = `${site.version} ${fallback}`
    const key = `${time.from} ${time.to} ${then.length} ${then.at(-1)?.index} ${said}`
    return { key, then, fallback, site: site.values }
  }

  /** SHA-256 of the profile that a time is judged by, whether it is here or not; empty: no record names any. */
  profileOf(time: Time): string {
    const { then, fallback } = this.#asked(time, null)
    return chosenFor(then, fallback, time).profileSha256
  }

  /** The site's values that a time is judged by. */
  valuesOf({ from, to }: Time, beforeIndex: number | null = null): ValuesOfTime {
    return this.#parts.site.at(from, to, beforeIndex)
  }

  touching({ from, to }: Time): R[] {
    return this.#index.touching(from, to)
  }
}

function wordOf(judged: JudgedInterval | null): JudgedWord | null {
  if (judged === null) return null
  const { judgement, records, findingsSha256 } = judged
  const failing = judgement.findings.filter(({ verdict }) => verdict === 'fail')
  return {
    ...{ overall: judgement.overall, records, findingsSha256 },
    failing: [...new Set(failing.map(({ id }) => id))],
  }
}

/** Judges [from, to) anew from records alone, by the collector's own rule; null without a profile. */
function rejudge(
  parts: Pick<JudgingParts, 'profiles' | 'tools'>,
  asked: {
    readonly then: readonly Judged[]
    readonly fallback: string
    readonly site: ValuesOfTime['values']
  },
  { from, to }: Time,
): JudgedInterval | null {
  const { then, fallback, site } = asked
  if (site === undefined) return null
  const { profileSha256, same, rounds, runs, isUnread } = chosenFor(then, fallback, { from, to })
  const profile = parts.profiles.get(profileSha256)
  if (profile === undefined || isUnread) return null
  const judgement = judgePeriod({
    ...{ kind: 'interval', fromMs: from, toMs: to, site },
    records: same.map(whole),
    round: roundAt(rounds.map(whole), to),
    runs: runsAt(runs.map(whole), to, profileSha256),
    known: { sha256: profileSha256, profile },
  })
  const findingsSha256 = findingsDigest(parts.tools, judgement.findings)
  return { from, to, records: same.length, profileSha256, judgement, findingsSha256 }
}
