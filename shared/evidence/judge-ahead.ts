import { INTERVAL_MS } from '../clock.ts'
import { intervalsOf, startOfInterval, type Time } from '../intervals.ts'
import type { AgentRecord } from '../record/record.ts'
import { CARRIED_HOLDS_MS, carriedBy } from '../verdict/period.ts'
import type { LineOf } from './bundle.ts'
import type { Asked } from './read-leaf.ts'
import { Alike } from './verify-alike.ts'
import { readEntry } from './verify-entries.ts'
import { Givens } from './verify-givens.ts'
import type { SeenRecord, VerifyTools } from './verify-items.ts'
import { Newest } from './verify-keep.ts'
import { SiteValues } from './verify-site.ts'
import { Rejudge, type Word } from './verify-verdicts.ts'

/** What was observed is held for so long after its window: its quarter hour is judged by then. */
const HELD_MS = 2 * INTERVAL_MS
/** Octets of payloads that are held at most, of voice and of what holds longer: those of sixty agents. */
const MOST_VOICE = 12_000_000
const MOST_CARRIED = 4_000_000

/** Of times so long ago nothing is said any more: what was observed then is mostly let go. */
const KNOWN_MS = 24 * 3_600_000

interface Read extends Pick<SeenRecord, 'index' | 'unread'> {
  readonly record: AgentRecord
}

/** What was observed is no longer held. */
class LetGo extends Error {}

/**
 * Judges while the records pass, each quarter hour when it seems to be over and wherever a verdict is
 * stated. What it says is one answer to one question (these records, that time), which whoever holds
 * the verdicts against the log asks in the same words; what is not answered here he judges himself.
 */
export class JudgeAhead {
  readonly #anew: Rejudge
  readonly #givens: Givens
  readonly #values: SiteValues
  readonly #alike = new Alike()
  readonly #voice = new Newest<AgentRecord['observations']>(MOST_VOICE)
  readonly #carried = new Newest<AgentRecord['observations']>(MOST_CARRIED)
  #manifest: LineOf<'manifest'> | null = null
  #judgedTo = 0
  #forgottenTo = 0

  constructor(tools: Pick<VerifyTools, 'sha256'>) {
    // Who holds the lines against each other tells what is wrong with them.
    const tell = () => {}
    this.#givens = new Givens(tools, tell)
    this.#values = new SiteValues(tools, tell, false)
    const { profiles } = this.#givens
    this.#anew = new Rejudge({ tools, profiles, site: this.#values })
  }

  /** @param octets of its payload */
  add({ index, record, unread }: Read, octets: number): void {
    this.#judgeBefore(record.window.from)
    const { observations, window } = record
    const carried = carriedBy(record)
    const until = window.to + HELD_MS
    const held =
      carried === null
        ? this.#voice.put(observations, until, octets)
        : this.#carried.put(observations, until + CARRIED_HOLDS_MS[carried], octets)
    this.#anew.add({
      ...{ index, record: this.#alike.record(record), unread },
      observations: () => {
        const value = held()
        if (value === null) throw new LetGo()
        return value
      },
    })
  }

  take(line: Exclude<Asked, { readonly kind: 'record' | 'entry' }>): void {
    if (line.kind === 'manifest') this.#manifest = line
    if (line.kind === 'profile') this.#givens.takeProfile(line)
    if (line.kind === 'site') this.#values.take(line)
    if (line.kind === 'verdict') this.#judge(line, null)
    if (line.kind === 'end' && this.#manifest !== null) {
      for (const time of intervalsOf(this.#manifest.from, this.#manifest.to))
        this.#judge(time, null)
    }
  }

  entry(index: number, payload: string): void {
    const entry = readEntry(payload)
    if (entry === null) return
    const { site = '', from = 0, to = 0 } = this.#manifest ?? {}
    this.#values.entry({ index, entry }, site)
    if (entry.kind !== 'verdict' || entry.site !== site) return
    if (entry.from >= startOfInterval(from) && entry.to <= to) this.#judge(entry, index)
  }

  /** What was judged since it was asked for last, in words or whole. */
  said(whole: boolean): Word[] {
    return this.#anew.said(whole)
  }

  /** Judges what seems to be over while its records are at hand; who comes late is judged again. */
  #judgeBefore(ms: number): void {
    const over = startOfInterval(ms) - INTERVAL_MS
    if (over <= this.#judgedTo || this.#manifest === null) return
    const { from, to } = this.#manifest
    const begin = Math.max(this.#judgedTo, over - INTERVAL_MS, startOfInterval(from))
    for (const time of intervalsOf(begin, Math.min(over, to))) this.#judge(time, null)
    this.#judgedTo = over
    this.#forgottenTo = Math.max(this.#forgottenTo, ms - KNOWN_MS)
    this.#anew.forget(this.#forgottenTo)
    this.#voice.pass(ms)
    this.#carried.pass(ms)
  }

  #judge(time: Time, beforeIndex: number | null): void {
    // Who was not told of all its records must not answer.
    if (time.from < this.#forgottenTo) return
    try {
      this.#anew.wordOf(time, beforeIndex)
    } catch (error) {
      if (!(error instanceof LetGo)) throw error
    }
  }
}
