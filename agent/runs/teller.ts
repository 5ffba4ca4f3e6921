import { withAnyOf } from '../../shared/any-of.ts'
import type { RunEvent } from '../../shared/plan/run.ts'
import { sleep } from '../sleep.ts'
import { backoffMs, retryAfterMs } from '../uplink/backoff.ts'
import type { SignedClient } from '../uplink/signed-client.ts'
import type { RunEnd } from './messages.ts'

export interface TellerParts {
  readonly client: Pick<SignedClient, 'ask'>
  readonly id: string
  readonly nowMs: () => number
  readonly random: () => number
  /** The collector does not want this run any more. */
  readonly onUnwanted: () => void
  /** Gives up at once: the agent stops. */
  readonly stop: AbortSignal
}

const ANSWER_WITHIN_MS = 20_000
/** Progress goes out at most so often, and at least so often: a silent run would be held for lost. */
const EVERY_MS = 2000
const BEAT_MS = 15_000
const LEAST_PAUSE_MS = 200
/** The end is worth repeating for a while; then the collector has given the run up by itself. */
const END_TRIED_FOR_MS = 15 * 60_000
const MOST_EVENTS = 50
/** Numbers end at 5000: one is always left for the end. */
const LAST_NUMBER = 4999

/** Statuses that say that these events will never be taken (RFC 9110 section 15.5). */
const NEVER: ReadonlySet<number> = new Set([400, 404, 413, 422])

/**
 * Tells the collector how a run goes: events by number, repeated until they are taken. Of progress
 * that comes faster than it can be told, the newest word counts.
 */
export class Teller {
  readonly #parts: TellerParts
  #waiting: RunEvent[] = []
  #number = 0
  #text = ''
  #textIsTold = true
  #endedMs: number | null = null
  #toldMs: number
  #failures = 0
  #waking = new AbortController()

  constructor(parts: TellerParts) {
    this.#parts = parts
    this.#toldMs = parts.nowMs()
  }

  started(): void {
    this.#put({ type: 'started' })
  }

  progress(text: string): void {
    this.#text = text.slice(0, 300)
    this.#textIsTold = false
  }

  ended({ outcome, why, result }: RunEnd): void {
    this.#endedMs ??= this.#parts.nowMs()
    this.#put({ type: 'ended', outcome, why, result })
  }

  /** Runs until the end is told, cannot be told any more, or the agent stops. */
  async run(): Promise<void> {
    const { stop, nowMs, random } = this.#parts
    while (!stop.aborted) {
      this.#putProgress()
      if (this.#waiting.length > 0) {
        const askedMs = await this.#tell()
        const givenUp = this.#endedMs !== null && nowMs() - this.#endedMs > END_TRIED_FOR_MS
        if (givenUp || (this.#endedMs !== null && this.#waiting.length === 0)) return
        await this.#pause(
          askedMs + (this.#failures === 0 ? 0 : backoffMs(this.#failures, random())),
        )
      } else if (this.#endedMs !== null) return
      else await this.#pause(EVERY_MS)
    }
  }

  /** The newest word on how it goes, if there is one, or again where nothing was told for long. */
  #putProgress(): void {
    const silentMs = this.#parts.nowMs() - this.#toldMs
    const due = !this.#textIsTold || silentMs >= BEAT_MS
    if (!due || this.#endedMs !== null || this.#number >= LAST_NUMBER) return
    if (this.#number === 0 || this.#waiting.length > 0) return
    this.#textIsTold = true
    this.#put({ type: 'progress', text: this.#text })
  }

  /** One try. Returns how long the collector asks to wait, milliseconds. */
  async #tell(): Promise<number> {
    const { client, id, stop, nowMs, onUnwanted } = this.#parts
    const events = this.#waiting.slice(0, MOST_EVENTS)
    const path = `api/v1/agents/self/runs/${id}/events`
    const reply = await client
      .ask({ method: 'POST', path, stop, body: { events }, timeoutMs: ANSWER_WITHIN_MS })
      .catch(() => null)
    const unwanted = reply?.status === 200 ? unwantedIn(reply.body) : null
    if (unwanted !== null) {
      this.#failures = 0
      this.#toldMs = nowMs()
      this.#waiting = this.#waiting.slice(events.length)
      if (unwanted) onUnwanted()
      return 0
    }
    this.#failures += 1
    if (reply !== null && NEVER.has(reply.status)) this.#refused(reply.status, events)
    return retryAfterMs(reply?.headers['retry-after'], nowMs()) ?? 0
  }

  /** What will never be taken is left out; an end that was too much for it is told without its result. */
  #refused(status: number, events: readonly RunEvent[]): void {
    this.#waiting = this.#waiting.slice(events.length)
    const end = events.find((event) => event.type === 'ended')
    if (status === 404) this.#parts.onUnwanted()
    else if (end?.type === 'ended' && end.result !== null) {
      const why = `the collector does not take what this run brought: HTTP ${status}`
      this.#put({ type: 'ended', outcome: 'failed', why, result: null })
    }
  }

  #put(event: DistributedOmit<RunEvent, 'number' | 'at'>): void {
    this.#number += 1
    const at = Math.round(this.#parts.nowMs())
    this.#waiting.push({ number: this.#number, at, ...event })
    this.#waking.abort()
  }

  async #pause(ms: number): Promise<void> {
    this.#waking = new AbortController()
    await withAnyOf([this.#parts.stop, this.#waking.signal], (wake) =>
      sleep(Math.max(ms, LEAST_PAUSE_MS), wake),
    )
  }
}

/** Null for anything but the collector's own answer: whoever else says 200 took nothing. */
function unwantedIn(body: string): boolean | null {
  try {
    const cancel = (JSON.parse(body) as { readonly cancel?: unknown } | null)?.cancel
    return typeof cancel === 'boolean' ? cancel : null
  } catch {
    return null
  }
}

type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
