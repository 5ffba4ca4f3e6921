import { createHash } from 'node:crypto'
import { INTERVAL_MS } from '../../shared/clock.ts'
import type { Overall } from '../../shared/verdict/finding.ts'
import type { Judging, KnownProfile } from '../judging/judging.ts'
import type { Journal } from '../ledger/journal.ts'
import { GRACE_MS } from '../store/history/append.ts'
import type { HistoryBook } from '../store/history/book.ts'
import { KNOWN_FOR_MS, type Work } from '../store/history/queue.ts'
import { DAY_MS, type RolledInterval } from '../store/history/rolled.ts'
import { rollDay } from './day.ts'
import { RECORDS_GONE } from './keeper.ts'
import { rollInterval } from './roll.ts'
import { silenceIn } from './silence.ts'

export interface RollerOptions {
  readonly book: HistoryBook
  readonly judging: Pick<Judging, 'past'>
  readonly profile: (sha256: string) => KnownProfile | null
  /** The profile of a site's plan, by which nothing at all is judged; empty: it has none. */
  readonly planned?: (site: string) => string
  readonly nowMs: () => number
  /** A name that no other running collector has. */
  readonly claimer: string
  /** Where verdicts are entered; null: this collector keeps no ledger. */
  readonly journal: Pick<Journal, 'write'> | null
  /** Pieces of work in one turn. */
  readonly most?: number
}

const MOST = 40
const HOLD_MS = 5 * 60_000
/** Intervals whose silence is looked for in one turn. */
const MOST_SWEEPS = 100
const SWEPT = 'history-swept'
const BEAT_EVERY_MS = 30_000
/** A pause of this process longer than this (suspended, stopped) was no uptime. */
const LONGEST_BEAT_MS = 90_000

/**
 * Turns records into history: takes intervals and days that are due, rolls them up, judges them by the
 * collector's own judging, writes them, tells the ledger. Work is claimed, bounded in each turn, and
 * safe to repeat: whatever the order in which records come, the same rows stand in the end.
 */
export class Roller {
  readonly #options: RollerOptions
  #upSince = 0
  #beatMs = 0

  constructor(options: RollerOptions) {
    this.#options = options
  }

  /** One turn; how many pieces were done. To be called again and again, never twice at a time. */
  async turn(): Promise<number> {
    const { book, nowMs, claimer, most = MOST } = this.#options
    await this.#beat()
    await this.#sweep()
    const work = await book.claim(claimer, nowMs(), HOLD_MS, most)
    for (const piece of work) {
      await (piece.kind === 'day' ? this.#rollDay(piece) : this.#rollInterval(piece))
      await book.settle(claimer, piece)
    }
    return work.length
  }

  /** Tells that a collector is up: else a site's silence could not be told from its own. */
  async #beat(): Promise<void> {
    const { book, nowMs, claimer } = this.#options
    const now = nowMs()
    if (now - this.#beatMs < BEAT_EVERY_MS) return
    if (now - this.#beatMs > LONGEST_BEAT_MS) this.#upSince = now
    this.#beatMs = now
    await book.beat(claimer, this.#upSince, now)
  }

  async #sweep(): Promise<void> {
    const { book, nowMs } = this.#options
    const last = Math.floor((nowMs() - GRACE_MS) / INTERVAL_MS) * INTERVAL_MS - INTERVAL_MS
    const swept = await book.reached(SWEPT)
    const first = Math.max(swept ?? last - INTERVAL_MS, last - KNOWN_FOR_MS) + INTERVAL_MS
    for (let at = first; at <= last && at < first + MOST_SWEEPS * INTERVAL_MS; at += INTERVAL_MS) {
      await book.markSilent(at, nowMs())
      await book.reach(SWEPT, at)
    }
  }

  async #rollInterval({ site, fromMs }: Work): Promise<void> {
    const { book, judging, profile, nowMs } = this.#options
    const endMs = fromMs + INTERVAL_MS
    const heard = await book.lastHeard(site, fromMs)
    const fallback = heard?.profileSha256 ?? this.#options.planned?.(site) ?? ''
    const { judged, streams } = await judging.past({
      ...{ site, fromMs, endMs, fallback },
      complete: true,
    })
    const silence = silenceIn(await book.uptime(fromMs, endMs), fromMs, endMs)
    const known = profile(judged.profileSha256)?.profile ?? null
    const now = nowMs()
    const rolled = rollInterval({ site, judged, profile: known, streams, silence, nowMs: now })
    if (await this.#isPoorer(rolled)) return
    const told = await book.putInterval(rolled)
    await this.#tell(rolled, told)
    if (judged.records > 0) {
      const until = Math.min(fromMs + KNOWN_FOR_MS, now - GRACE_MS - INTERVAL_MS + 1)
      await book.markMissing(site, endMs, until, now)
    }
  }

  /** Where records have been removed since, what was made of all of them is not made of the rest. */
  async #isPoorer({ site, fromMs, period }: RolledInterval): Promise<boolean> {
    const { book } = this.#options
    const gone = await book.reached(RECORDS_GONE)
    if (gone === null || fromMs >= gone) return false
    const before = await book.lastHeard(site, fromMs + 1)
    return before !== null && before.fromMs === fromMs && before.records > period.records
  }

  /** Once for each content: a collector killed between the two writes may enter it twice, never not. */
  async #tell({ site, fromMs, period }: RolledInterval, told: string): Promise<void> {
    const { journal, book } = this.#options
    if (journal === null) return
    const entry = {
      ...{ site, from: fromMs, to: fromMs + INTERVAL_MS },
      overall: period.overall as Overall,
      profileSha256: period.profile_sha256,
      records: period.records,
      findingsSha256: period.findings_sha256,
    }
    if (!/^[0-9a-f]{64}$/.test(entry.profileSha256)) return
    const digest = createHash('sha256').update(JSON.stringify(entry)).digest('hex')
    if (digest === told) return
    await journal.write({ kind: 'verdict', ...entry })
    await book.noteTold(site, fromMs, digest)
  }

  async #rollDay({ site, fromMs }: Work): Promise<void> {
    const { book } = this.#options
    const span = { site, fromMs, toMs: fromMs + DAY_MS }
    const [periods, intervals] = [await book.periods(span), await book.wholeIntervals(span)]
    await book.putDay(rollDay(site, fromMs, periods, intervals))
  }
}
