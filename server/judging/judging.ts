import { INTERVAL_MS } from '../../shared/clock.ts'
import { startOfInterval } from '../../shared/intervals.ts'
import type { Profile } from '../../shared/profile/schema.ts'
import type { Site } from '../../shared/profile/site.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import type { Judgement, Overall } from '../../shared/verdict/finding.ts'
import type { judge } from '../../shared/verdict/judge.ts'
import { judgePeriod, streamsIn } from '../../shared/verdict/judge-period.ts'
import {
  judgedTogether,
  MAX_PERIOD_RECORDS,
  MAX_ROUND_RECORDS,
  roundAt,
} from '../../shared/verdict/period.ts'
import { LONGEST_VALIDITY_MS, type Round } from '../../shared/verdict/rounds.ts'
import { type HeldRun, MAX_RUN_RECORDS, RUN_HOLDS_MS, runsAt } from '../../shared/verdict/runs.ts'
import { isSilent, type LiveSite } from '../ingest/live.ts'
import { parseStored } from '../ingest/parse.ts'
import type { Grounds, Store, StoredRecord } from '../store/store.ts'
import { ReadRuns } from './read-runs.ts'

export interface KnownProfile {
  readonly sha256: string
  readonly profile: Profile
}

const WINDOW_MS = 60_000

type Payload = Grounds['records'][number]

/** What was judged: which time, on how many records, and what came out. */
export interface Judged {
  readonly kind: 'window' | 'interval'
  readonly fromMs: number
  readonly toMs: number
  /** False while the period is still running: more records may change the findings. */
  readonly complete: boolean
  readonly records: number
  /** Records of the period under another profile, or beyond the reading limit: not judged here. */
  readonly leftOut: number
  readonly profileSha256: string
  /** The look at everything besides voice that held at the period's end; null: none did. */
  readonly round: Round | null
  /** What runs of load showed that held at the period's end. */
  readonly runs: readonly HeldRun[]
  /** By what it was judged: the profile, and what the operator says of the site. Null as the judgement is. */
  readonly by: { readonly profile: Profile; readonly site: Site | null } | null
  /** Null when this collector does not hold the profile that the records name. */
  readonly judgement: Judgement | null
}

/** A judgement with the streams behind it, oldest record first. */
export interface JudgedStreams {
  readonly judged: Judged
  readonly streams: readonly StreamObservation[]
}

export interface JudgingOptions {
  readonly judge: typeof judge
  readonly profile: (sha256: string) => KnownProfile | null
  /** What the operator says of a site; null where he says nothing. */
  readonly site: (name: string) => Site | null
  /** What he said of it at an instant of the past; left out: what he says now. */
  readonly siteAt?: (name: string, atMs: number) => Promise<Site | null>
  readonly store: Pick<Store, 'between' | 'rounds' | 'runs'>
  readonly nowMs: () => number
}

/**
 * The collector judges by itself, from the records alone; an agent's own word is not taken. All
 * judging happens in shared/verdict: here it is only chosen which records are judged together.
 */
export class Judging {
  readonly #options: JudgingOptions
  readonly #summaries = new WeakMap<StoredRecord, { version: number; overall: Overall }>()
  readonly #runs = new ReadRuns()
  #lastRead: { readonly row: Payload; readonly record: AgentRecord } | null = null

  constructor(options: JudgingOptions) {
    this.#options = options
  }

  /** The site's newest window, as its newest record tells it. */
  window(site: LiveSite): Judged {
    const { fromMs, toMs } = site.newest
    const round = site.rounds.at(toMs)
    const said = this.#options.site(site.site)
    const { profileSha256 } = site.newest
    const period = { kind: 'window', fromMs, toMs, complete: true, round } as const
    const { judged } = this.#judge([site.newest], said, profileSha256, period, site.runs)
    const overall = judged.judgement?.overall ?? 'CANNOT SAY'
    this.#summaries.set(site.newest, { version: site.version, overall })
    return judged
  }

  /** The last minute of a site that was never heard: every line is judged, on nothing. */
  async nothing(
    { site, profileSha256 }: { readonly site: string; readonly profileSha256: string },
    nowMs: number,
  ): Promise<Judged> {
    const span = { fromMs: nowMs - WINDOW_MS, endMs: nowMs, complete: true }
    const { judged } = await this.past({ site, ...span, fallback: profileSha256 })
    return { ...judged, kind: 'window' }
  }

  /** A record as it was sent; who asks for its judgement next makes it be read only once. */
  read(row: Payload): AgentRecord {
    if (this.#lastRead?.row !== row) {
      this.#lastRead = { row, record: parseStored(row) }
    }
    return this.#lastRead.record
  }

  /** What the newest window came to; null while it has not been judged. */
  known({ newest, version }: Pick<LiveSite, 'newest' | 'version'>): Overall | null {
    const known = this.#summaries.get(newest)
    return known?.version === version ? known.overall : null
  }

  /** Which profile a record names, in the words of that profile where it is held here. */
  profileOf(record: StoredRecord): AgentRecord['profile'] {
    const held = this.#options.profile(record.profileSha256)
    if (held === null) return { ...parseStored(record).profile }
    const { id, version } = held.profile
    return { id, version, sha256: held.sha256 }
  }

  /**
   * What can be said of the site now: the newest window's word, and CANNOT SAY once the site is
   * silent. Remembered per record, so that a list of all sites is cheap.
   */
  overallNow(site: LiveSite): Overall {
    return isSilent(site, this.#options.nowMs()) ? 'CANNOT SAY' : this.overallLast(site)
  }

  /** What the newest window came to, however old it is. */
  overallLast(site: LiveSite): Overall {
    return this.known(site) ?? this.window(site).judgement?.overall ?? 'CANNOT SAY'
  }

  /**
   * The quarter hour that contains `atMs`, by the profile `fallback` where no record names one. While
   * it still runs it is judged up to the newest window's end, and says so. An interval without
   * records is judged all the same: nothing observed is CANNOT SAY.
   */
  async interval(
    site: string,
    { atMs, fallback }: { readonly atMs: number; readonly fallback: string },
  ): Promise<Judged> {
    const fromMs = startOfInterval(atMs)
    const endMs = fromMs + INTERVAL_MS
    const complete = this.#options.nowMs() >= endMs
    return (await this.past({ site, fromMs, endMs, complete, fallback })).judged
  }

  /**
   * A period of a site by name, whether or not it is among the living, with the streams behind the
   * judgement. `fallback` is the profile to judge by where no record names one.
   */
  async past(of: {
    readonly site: string
    readonly fromMs: number
    readonly endMs: number
    readonly complete: boolean
    readonly fallback: string
    /** Judges by these values of the site (null: by none); left out: by those of that time. */
    readonly said?: Site | null
    /** Judges on these records alone; left out: on all that are stored. */
    readonly among?: (record: StoredRecord) => boolean
  }): Promise<JudgedStreams> {
    const { site, fromMs, endMs, complete, fallback, among = () => true } = of
    const { store } = this.#options
    const stored = await store.between(site, fromMs, endMs, MAX_PERIOD_RECORDS + 1)
    const records = stored.filter(among)
    const seenMs = records.reduce((latest, { toMs }) => Math.max(latest, toMs), fromMs)
    const toMs = complete || seenMs === fromMs ? endMs : Math.min(endMs, seenMs)
    const rounds = await store.rounds(site, toMs - LONGEST_VALIDITY_MS, toMs, MAX_ROUND_RECORDS)
    const runs = await store.runs(site, toMs - RUN_HOLDS_MS, toMs, MAX_RUN_RECORDS)
    const said = of.said === undefined ? await this.saidAt(site, fromMs) : of.said
    const period = {
      kind: 'interval',
      fromMs,
      toMs,
      complete,
      round: heldAt(rounds.filter(among), toMs),
    } as const
    return this.#judge(records, said, fallback, period, runs.filter(among))
  }

  /** A quarter hour that is over, judged as by {@link past}, on what was read for it and for others at once. */
  quarter(
    { fromMs, fallback }: { readonly fromMs: number; readonly fallback: string },
    { records, rounds, runs }: Grounds,
    said: Site | null,
  ): JudgedStreams {
    const toMs = fromMs + INTERVAL_MS
    const round = heldAt(rounds, toMs)
    const period = { kind: 'interval', fromMs, toMs, complete: true, round } as const
    return this.#judge(records, said, fallback, period, runs)
  }

  /** What the operator said of a site at an instant of the past. */
  async saidAt(site: string, ms: number): Promise<Site | null> {
    const { siteAt } = this.#options
    return siteAt === undefined ? this.#options.site(site) : siteAt(site, ms)
  }

  #judge(
    found: readonly Payload[],
    site: Site | null,
    fallback: string,
    period: Pick<Judged, 'kind' | 'fromMs' | 'toMs' | 'complete' | 'round'>,
    runRows: readonly StoredRecord[],
  ): JudgedStreams {
    const { profileSha256, same } = judgedTogether(found, fallback)
    const known = this.#options.profile(profileSha256)
    const records = same.map((row) => this.read(row))
    const runs = runsAt(
      runRows.map((row) => this.#runs.read(row)),
      period.toMs,
      profileSha256,
    )
    const input = known && { ...period, records, runs, known, site }
    const judgement = input && judgePeriod(input, this.#options.judge)
    const by = known && { profile: known.profile, site }
    const counted = { records: same.length, leftOut: found.length - same.length }
    const judged = { ...period, runs, ...counted, profileSha256, by, judgement }
    return { judged, streams: streamsIn({ ...period, records }) }
  }
}

/** What held then is read back from the store, so that an old interval is judged by its own time. */
function heldAt(rounds: readonly StoredRecord[], ms: number): Round | null {
  return roundAt(
    rounds.map((row) => parseStored(row)),
    ms,
  )
}
