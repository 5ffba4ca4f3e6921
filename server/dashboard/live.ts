import type {
  Conflict,
  Fleet,
  Judged,
  Plan,
  Run,
  Session,
  Site,
  Timeline,
  Verdicts,
} from './answers.ts'
import {
  askConflicts,
  askFleet,
  askInterval,
  askNotReady,
  askPlan,
  askRuns,
  askSession,
  askSite,
  askTimeline,
  askVerdicts,
} from './api.ts'
import { DAY_MS } from './words.ts'

const EVERY_MS = 5000
const HISTORY_EVERY_MS = 60_000
const HISTORY_MS = 7 * DAY_MS
/** The worst first; of those of which nothing can be said the ones that are not seen, before what is only not proven. */
const RANKS: { readonly [word in Site['overall']]: number } = {
  'NOT READY': 0,
  'CANNOT SAY': 1,
  READY: 2,
}

/** A site's last seven days. */
export interface History {
  readonly site: string
  readonly timeline: Timeline
  readonly verdicts: Verdicts
}

/** What agents hold against this collector's log, as it was heard last; `why` that cannot be read now; empty: it can. */
export interface Held {
  readonly conflicts: readonly Conflict[]
  readonly why: string
}

/** What was read of the chosen site, all at one time. */
export interface SiteRead {
  readonly site: Site
  readonly judged: Judged
  readonly history: History
  readonly held: Held
  /** Null: it has none. */
  readonly plan: Plan | null
  /** Newest first. */
  readonly runs: readonly Run[]
}

/** All that the page shows. */
export interface View {
  /** The site that was chosen; empty: none, or none is here. */
  readonly chosen: string
  readonly period: Judged['period']['kind']
  readonly fleet: Fleet | null
  /** Null: nothing was read yet, or no site is here. */
  readonly read: SiteRead | null
  /** Null: who reads here could not be asked yet. */
  readonly session: Session | null
  /** When it was read last, in words; empty: never. */
  readonly readAt: string
  /** Not drawn anew, because text is being selected. */
  readonly isHeld: boolean
  /** Why it cannot be read now; null: it can. */
  readonly error: Error | null
}

/** Asks the API, again and again, and keeps what is chosen. */
export class Live {
  #told: (view: View) => void = () => {}
  #view: View
  #timer = 0
  #turn = 0
  #history: { readonly at: number; readonly history: History } | null = null

  constructor(chosen: string) {
    this.#view = {
      ...{ chosen, period: 'window', fleet: null, read: null, session: null },
      ...{ readAt: '', isHeld: false, error: null },
    }
  }

  get view(): View {
    return this.#view
  }

  /** @param told of every change from now on */
  follow(told: (view: View) => void): void {
    this.#told = told
  }

  stop(): void {
    this.#turn += 1
    clearTimeout(this.#timer)
  }

  choose(chosen: string): void {
    this.#tell({ chosen })
    void this.refresh()
  }

  /** Of the newest minute, or of the quarter hour. */
  look(period: View['period']): void {
    this.#tell({ period })
    void this.refresh()
  }

  /** Somebody signed in, or gave a token. */
  async enter(): Promise<void> {
    this.#tell({ session: null })
    await this.refresh()
  }

  async refresh(): Promise<void> {
    clearTimeout(this.#timer)
    this.#turn += 1
    const turn = this.#turn
    // What is being selected to be copied must not be drawn anew beneath the hand.
    const isHeld = String(getSelection()) !== '' && this.#view.readAt !== ''
    try {
      const read = isHeld ? {} : await this.#read()
      // Somebody chose anew meanwhile: the answers to come are those wanted.
      if (turn !== this.#turn) return
      this.#tell({ ...read, isHeld, error: null })
    } catch (error) {
      if (turn !== this.#turn) return
      this.#tell({ error: error instanceof Error ? error : new Error(String(error)) })
    }
    this.#timer = window.setTimeout(() => void this.refresh(), EVERY_MS)
  }

  #tell(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change }
    this.#told(this.#view)
  }

  async #read(): Promise<Partial<View>> {
    const [fleet, session] = await Promise.all([
      askWorstFirst(),
      this.#view.session ?? askSession().catch(() => null),
    ])
    const wanted = this.#view.chosen
    const isHere = fleet.sites.some(({ site }) => site === wanted)
    const chosen = isHere ? wanted : (fleet.sites[0]?.site ?? '')
    // By the collector's clock: a browser's may be any.
    const read = chosen === '' ? null : await this.#readSite(chosen, Date.parse(fleet.now))
    const readAt = `${new Date().toISOString().slice(11, 19)} UTC`
    return { fleet, session, chosen, read, readAt }
  }

  async #readSite(name: string, nowMs: number): Promise<SiteRead> {
    const [site, history, held, plan, runs] = await Promise.all([
      askSite(name),
      this.#lookBack(name, nowMs),
      this.#askHeld(),
      askPlan(name),
      askRuns(name),
    ])
    const judged = this.#view.period === 'window' ? site.window : await askInterval(name)
    return { site, judged, history, held, plan, runs }
  }

  /** What was heard stays: nobody may miss it because it cannot be asked for again. */
  #askHeld(): Promise<Held> {
    return askConflicts().then(
      (conflicts) => ({ conflicts, why: '' }),
      ({ message }: Error) => ({ conflicts: this.#view.read?.held.conflicts ?? [], why: message }),
    )
  }

  /** The past changes by the quarter hour: it need not be asked for at each look. */
  async #lookBack(site: string, nowMs: number): Promise<History> {
    const known = this.#history
    if (known?.history.site === site && nowMs - known.at < HISTORY_EVERY_MS) return known.history
    const from = new Date(nowMs - HISTORY_MS).toISOString()
    const [timeline, verdicts] = await Promise.all([
      askTimeline(site, from),
      askVerdicts(site, from),
    ])
    const history = { site, timeline, verdicts }
    this.#history = { at: nowMs, history }
    return history
  }
}

/** The worst first; of more sites than are shown at once, those that are not ready always. */
async function askWorstFirst(): Promise<Fleet> {
  const fleet = await askFleet()
  const red = fleet.next === null ? [] : (await askNotReady()).sites
  const names = new Set(fleet.sites.map(({ site }) => site))
  const sites = [...red.filter(({ site }) => !names.has(site)), ...fleet.sites]
  const sorted = sites.sort((a, b) => rankOf(a) - rankOf(b) || (a.site < b.site ? -1 : 1))
  return { ...fleet, sites: sorted }
}

/** A key that was taken back was so on purpose. */
function rankOf({ overall, cause, agents }: Fleet['sites'][number]): number {
  const isBlind = cause !== null && cause !== 'revoked'
  const isHalfBlind = agents.some(({ alive }) => alive !== null && alive.silent.length > 0)
  return RANKS[overall] - (isBlind ? 0.5 : isHalfBlind ? 0.25 : 0)
}
