import { sha256hex } from '../../config/load.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { checkPlan, otherSite, parsePlan, planIdentity } from '../../shared/plan/parse-plan.ts'
import type { Plan } from '../../shared/plan/plan.ts'
import { withoutSecrets } from '../../shared/plan/secrets.ts'
import { canonicalJson } from '../../shared/profile/canonical.ts'
import type { ConfigProblem } from '../../shared/profile/problem.ts'
import type { Site } from '../../shared/profile/site.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import type { KnownProfile } from '../judging/judging.ts'
import type { Journal } from '../ledger/journal.ts'
import type { PlanOutcome, StoredPlan } from '../store/plans/plan-queries.ts'
import type { Store } from '../store/store.ts'
import { planEntries } from './entries.ts'

export interface PlanDeskParts {
  readonly store: Pick<Store, 'plans'>
  readonly profile: (sha256: string) => KnownProfile | null
  /** Null where this collector keeps no ledger. */
  readonly journal: Journal | null
  readonly nowMs: () => number
}

interface Known {
  readonly version: number
  readonly sha256: string
  readonly profileSha256: string
  /** JSON of the site's values, secrets removed: parsed when asked for, ten thousand sites are many. */
  readonly site: string
  /** Its maintenance windows. */
  readonly maintenance: readonly { readonly fromMs: number; readonly toMs: number }[]
}

const PAGE = 500
/** Collectors' clocks may differ by this much and no version is overlooked. */
const OVERLAP_MS = 60_000

/** A plan as it is kept, and read. */
export interface HeldPlan {
  readonly stored: StoredPlan
  readonly plan: Plan
}

/** The plans of all sites: the newest values of each in memory, everything else in the store. */
export class PlanDesk {
  readonly #parts: PlanDeskParts
  readonly #known = new Map<string, Known>()
  readonly #listeners = new Set<(site: string) => void>()
  #seenMs = 0

  constructor(parts: PlanDeskParts) {
    this.#parts = parts
  }

  /** Reads the newest plan of every site; to be called once, before anything is judged. */
  async load(): Promise<void> {
    for (let last = ''; ; ) {
      const page = await this.#parts.store.plans.afterSite(last, PAGE)
      for (const plan of page) this.#learn(plan)
      const end = page.at(-1)
      if (end === undefined || page.length < PAGE) return
      last = end.site
    }
  }

  /** Learns what other collectors on the same database have stored since the last look. */
  async refresh(): Promise<void> {
    const rows = await this.#parts.store.plans.since(this.#seenMs - OVERLAP_MS, PAGE)
    for (const plan of rows) this.#learn(plan)
  }

  /** Hears of every site whose plan changes. */
  onChange(listener: (site: string) => void): void {
    this.#listeners.add(listener)
  }

  /** The version in force; 0 where there is none. */
  version(site: string): number {
    return this.#known.get(site)?.version ?? 0
  }

  /** Sites that have a plan, after a name, in order, at most `limit`. */
  sitesAfter(after: string, limit: number, sees: (site: string) => boolean): readonly string[] {
    const names = [...this.#known.keys()].filter((name) => name > after && sees(name))
    return names.sort().slice(0, limit)
  }

  /** Names of all sites that have a plan. */
  sites(): readonly string[] {
    return [...this.#known.keys()]
  }

  /** The profile that the plan in force names; empty where there is no plan. */
  profileSha256(site: string): string {
    return this.#known.get(site)?.profileSha256 ?? ''
  }

  /** Until when the site is under maintenance by its plan; null: it is not. */
  maintainedUntil(site: string): number | null {
    const now = this.#parts.nowMs()
    const open = this.#known.get(site)?.maintenance ?? []
    const ends = open.filter(({ fromMs, toMs }) => fromMs <= now && now < toMs)
    return ends.length === 0 ? null : Math.max(...ends.map(({ toMs }) => toMs))
  }

  /** All sites of which that is so. */
  maintained(): { readonly site: string; readonly untilMs: number }[] {
    return this.sites().flatMap((site) => {
      const untilMs = this.maintainedUntil(site)
      return untilMs === null ? [] : { site, untilMs }
    })
  }

  /** What the plan in force says of a site, without its secrets; null where there is no plan. */
  site(name: string): Site | null {
    const known = this.#known.get(name)
    return known === undefined ? null : (JSON.parse(known.site) as Site)
  }

  /** As {@link site}, by the plan that was in force when a period (milliseconds since 1970) began. */
  async siteAt(name: string, fromMs: number, toMs: number): Promise<Site | null> {
    if (!this.#known.has(name)) return null
    const stored = await this.#parts.store.plans.inForce(name, fromMs, toMs)
    return stored === null ? null : siteOf(stored)
  }

  /** The plan in force, secrets and all; null where there is none. */
  async newest(site: string): Promise<HeldPlan | null> {
    const stored = await this.#parts.store.plans.newest(site)
    return stored === null ? null : { stored, plan: JSON.parse(stored.body) as Plan }
  }

  /**
   * Puts another plan into force, or says everything that is wrong with it. In one transaction with
   * what the ledger says of it, and of every maintenance window that came or went.
   * @param expected the version that the author had before him; 0: none
   */
  async put(
    site: string,
    value: unknown,
    expected: number,
    by: string,
  ): Promise<Result<PlanOutcome & { readonly sha256: string }, readonly ConfigProblem[]>> {
    const checked = this.#check(site, value)
    if (!checked.ok) return checked
    const plan = checked.value
    const body = canonicalJson(plan)
    if (!body.ok) throw new TypeError(body.error.why)
    const before = await this.newest(site)
    const atMs = this.#parts.nowMs()
    const sha256 = planIdentity(plan, sha256hex)
    const stored = { site, sha256, body: body.value, atMs, by }
    const { store, journal } = this.#parts
    const { plans } = store
    const told = planEntries({ ...stored, version: expected + 1 }, before?.plan ?? null, plan)
    const entries = told.flatMap((entry) => journal?.prepare(entry) ?? [])
    // Of two authors at once the slower one's call fails in the database, and finds itself stale anew.
    const put = () => plans.put(stored, expected, entries)
    const outcome = { ...(await put().catch(put)), sha256 }
    if (outcome.outcome !== 'stored') return ok(outcome)
    this.#learn({ ...stored, version: outcome.version })
    return ok(outcome)
  }

  #check(site: string, value: unknown): Result<Plan, readonly ConfigProblem[]> {
    const parsed = parsePlan(value)
    if (!parsed.ok) return parsed
    const plan = parsed.value
    const other = otherSite(plan, site)
    if (other.length > 0) return refuse(other)
    const known = this.#parts.profile(plan.profile.sha256)
    if (known === null) {
      const path = ['profile', 'sha256']
      const wanted = 'the hash of a profile that this collector holds'
      const repair = 'start the collector with --profile naming its file, or take another hash'
      return refuse([
        { code: 'CONFIG_VALUE', path, wanted, found: plan.profile.sha256.slice(0, 16), repair },
      ])
    }
    const problems = checkPlan(plan, known.profile, nodeCrypto)
    return problems.length > 0 ? refuse(problems) : ok(plan)
  }

  #learn(stored: StoredPlan): void {
    this.#seenMs = Math.max(this.#seenMs, stored.atMs)
    if (this.version(stored.site) >= stored.version) return
    const { version, sha256 } = stored
    const { profile, maintenance: windows } = JSON.parse(stored.body) as Plan
    const site = JSON.stringify(siteOf(stored))
    const maintenance = windows.map(({ from, to }) => ({
      ...{ fromMs: Date.parse(from), toMs: Date.parse(to) },
    }))
    this.#known.set(stored.site, {
      ...{ version, sha256, site, maintenance, profileSha256: profile.sha256 },
    })
    for (const listener of this.#listeners) listener(stored.site)
  }
}

function siteOf(stored: StoredPlan): Site {
  return withoutSecrets((JSON.parse(stored.body) as Plan).site) as Site
}
