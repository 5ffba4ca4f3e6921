import { INTERVAL_MS } from '../clock.ts'
import { intervalsOf, startOfInterval, type Time } from '../intervals.ts'
import { enteredOf } from './verify-entries.ts'
import type { SeenEntry } from './verify-items.ts'

/** A verdict comes some minutes after its quarter hour, and a silence is entered some minutes after it began. */
const SOON_MS = 3_600_000

/**
 * What the log says of a time of which a bundle shows no record: `noted`, that none came, entered then;
 * `judged`, that some were judged, so they were removed since or are withheld; `unsaid`, neither, though
 * the collector was up; `deaf`, not even that.
 */
export type SilenceWord = 'noted' | 'judged' | 'unsaid' | 'deaf'

export interface Silence {
  readonly word: SilenceWord
  /** Records that were judged; 0: none, or nothing is said of them. */
  readonly records: number
}

/**
 * What the log itself says of records in quarter hours, by the verdicts that stand in it: without it a
 * collector could leave records out of a bundle, and call the site silent.
 */
export class Silences {
  readonly #gaps: { readonly agent: string; readonly since: number; readonly enteredMs: number }[] =
    []
  /** By the start of a quarter hour: the most records that it was judged on. */
  readonly #judged = new Map<number, number>()
  readonly #ticks = new Set<number>()

  constructor(entries: readonly SeenEntry[]) {
    for (const { entry, enteredMs } of enteredOf(entries)) {
      if (entry.kind === 'gap') this.#gaps.push({ ...entry, enteredMs })
      if (entry.kind === 'tick') this.#ticks.add(startOfInterval(entry.at))
      if (entry.kind !== 'verdict' || entry.to - entry.from !== INTERVAL_MS) continue
      // Entered later it may have been made for this: only then nobody knew what it would be asked for.
      if (entry.records === 0 && enteredMs > entry.to + SOON_MS) continue
      const before = this.#judged.get(entry.from) ?? 0
      this.#judged.set(entry.from, Math.max(before, entry.records))
    }
  }

  /**
   * Of the quarter hours that lie in a time whole, the worst word for who says that nothing came.
   * @param isEmpty whether no record of a quarter hour is here; left out: none is of any
   */
  of({ from, to }: Time, isEmpty: (quarter: Time) => boolean = () => true): Silence {
    const whole = intervalsOf(from, to).filter((one) => one.from >= from && one.to <= to)
    const words = whole.filter(isEmpty).map((one) => this.#ofQuarter(one.from))
    const worst = (['judged', 'deaf', 'unsaid', 'noted'] as const)
      .map((word) => words.find((one) => one.word === word))
      .find((one) => one !== undefined)
    return worst ?? { word: 'unsaid', records: 0 }
  }

  /**
   * When it was entered that an agent was silent in a time, then or soon after; null: it was not.
   * @param agent left out: any
   */
  noteOf({ from, to }: Time, agent?: string): number | null {
    const found = this.#gaps.find(
      (gap) =>
        (agent === undefined || gap.agent === agent) &&
        gap.since < to &&
        gap.enteredMs > from &&
        gap.enteredMs <= to + SOON_MS,
    )
    return found?.enteredMs ?? null
  }

  #ofQuarter(at: number): Silence {
    const records = this.#judged.get(at)
    if (records !== undefined) return { word: records > 0 ? 'judged' : 'noted', records }
    return { word: this.#ticks.has(at) ? 'unsaid' : 'deaf', records: 0 }
  }
}
