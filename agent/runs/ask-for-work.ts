import { withAnyOf } from '../../shared/any-of.ts'
import type { NoWork } from '../../shared/plan/news.ts'
import type { Work } from '../../shared/plan/run.ts'
import { readSpreadMs } from '../../shared/record/spread.ts'
import type { Reply } from '../enrol/exchange.ts'
import type { Log } from '../log.ts'
import type { FarEndsNow, FarEndWatch } from '../run/far-end-watch.ts'
import { type NewsBoard, newsIn } from '../run/news-board.ts'
import { sleep } from '../sleep.ts'
import { backoffMs, retryAfterMs } from '../uplink/backoff.ts'
import type { SignedClient } from '../uplink/signed-client.ts'
import type { Spread } from '../uplink/spread.ts'
import type { RunTaker } from './run-taker.ts'

export interface WorkParts {
  readonly client: Pick<SignedClient, 'ask'>
  readonly runs: RunTaker
  /** The question says with it what no record can tell yet. */
  readonly farEnds: Pick<FarEndWatch, 'now' | 'onChange'>
  /** What is told where there is nothing to do. */
  readonly news: Pick<NewsBoard, 'logSize' | 'hear'>
  /** Of the records of the fleet. */
  readonly spread: Pick<Spread, 'overMs'>
  /** Null where no plan is followed. */
  readonly plan: { readonly version: number; look(): Promise<void> } | null
  readonly log: Log
  readonly stop: AbortSignal
  readonly nowMs: () => number
  readonly random: () => number
}

/** Proxies cut what is silent for a minute; where one cuts sooner, questions get shorter. */
const WAIT_SECONDS = 50
const LEAST_WAIT_SECONDS = 10
/** Beyond what the question may wait for. */
const PATIENCE_MS = 15_000
/** A run is asked for by somebody who waits: no longer than this without trying. */
const MOST_BACKOFF_MS = 60_000
/** Between two questions that were answered sooner than they needed to be. */
const PACE_MS = 1000
/** This collector knows no runs: it is asked again after its next update, sooner or later. */
const UNKNOWN_MS = 10 * 60_000

/**
 * Asks the collector for work again and again, each question waiting there for something to do: so a
 * run reaches an agent behind NAT and proxies at once, by connections that it opened itself.
 */
export async function askForWork(parts: WorkParts): Promise<void> {
  const { runs, stop } = parts
  const asking = new Questions(parts)
  while (!stop.aborted) await asking.next()
  await runs.close()
}

class Questions {
  readonly #parts: WorkParts
  #failures = 0
  /** The first question is answered at once: with the news, and with when records are to come. */
  #isFirst = true
  #waitSeconds = WAIT_SECONDS
  #complained = ''
  /** 1: no news, 0: nothing of far ends either, for a collector that is older than those. */
  #knows: 0 | 1 | 2 = 2

  constructor(parts: WorkParts) {
    this.#parts = parts
  }

  async next(): Promise<void> {
    const { runs, farEnds, stop, nowMs } = this.#parts
    await runs.untilFree(stop)
    if (stop.aborted) return
    const question = new AbortController()
    // What it said of the run under way, or of far ends, is no longer true.
    runs.onChange(() => question.abort())
    farEnds.onChange(() => question.abort())
    const askedMs = nowMs()
    const waitSeconds = this.#isFirst ? 0 : this.#waitSeconds
    this.#isFirst = false
    const reply = await withAnyOf([stop, question.signal], (over) => this.#ask(waitSeconds, over))
    if (stop.aborted || question.signal.aborted) return
    const work = reply instanceof Error ? null : workIn(reply)
    if (work !== null) await this.#take(work)
    else this.#noWork(reply, nowMs() - askedMs)
    await this.#pause(reply, work, nowMs() - askedMs)
  }

  #ask(waitSeconds: number, stop: AbortSignal): Promise<Reply | Error> {
    const { client, runs, farEnds, news, plan } = this.#parts
    const query = new URLSearchParams({ wait: String(waitSeconds) })
    if (plan !== null) query.set('plan', String(plan.version))
    if (runs.busy !== undefined) query.set('busy', runs.busy)
    if (this.#knows > 0) tellFarEnds(query, farEnds.now())
    if (this.#knows > 1) query.set('news', String(news.logSize()))
    const path = `api/v1/agents/self/work?${query}`
    const timeoutMs = waitSeconds * 1000 + PATIENCE_MS
    return client.ask({ method: 'GET', path, timeoutMs, stop }).catch((error: Error) => error)
  }

  async #take(work: Work): Promise<void> {
    const { runs, plan } = this.#parts
    this.#failures = 0
    this.#complain('')
    if (work.work === 'run') runs.take(work.run)
    else if (work.work === 'cancel') runs.cancel(work.id)
    else await plan?.look()
  }

  #noWork(reply: Reply | Error, tookMs: number): void {
    const told = reply instanceof Error ? null : noWorkIn(reply)
    if (told !== null) this.#hear(told)
    if (told !== null || (!(reply instanceof Error) && reply.status === 204)) {
      this.#failures = 0
      this.#complain('')
      return
    }
    this.#failures += 1
    // Whoever was away may be a newer one when it is back.
    if (reply instanceof Error) this.#knows = 2
    else if (reply.status === 400) this.#knows = this.#knows === 2 ? 1 : 0
    const gateway = reply instanceof Error || reply.status === 502 || reply.status === 504
    if (gateway && tookMs >= LEAST_WAIT_SECONDS * 1000) {
      this.#waitSeconds = Math.max(LEAST_WAIT_SECONDS, Math.floor(this.#waitSeconds / 2))
    }
    const said = reply instanceof Error ? reply.message : `HTTP ${reply.status}`
    this.#complain(said || 'no answer')
  }

  #hear({ news, spreadSeconds }: ToldWithoutWork): void {
    this.#parts.news.hear(news)
    if (spreadSeconds !== undefined) this.#parts.spread.overMs = readSpreadMs(spreadSeconds)
  }

  async #pause(reply: Reply | Error, work: Work | null, tookMs: number): Promise<void> {
    const { stop, random, nowMs } = this.#parts
    if (work?.work === 'run') return
    if (this.#failures === 0) {
      const early = tookMs < PACE_MS ? PACE_MS * (0.5 + random()) : 0
      return sleep(early, stop)
    }
    if (!(reply instanceof Error) && reply.status === 404) return sleep(UNKNOWN_MS, stop)
    const header = reply instanceof Error ? undefined : reply.headers['retry-after']
    const askedMs = retryAfterMs(header, nowMs()) ?? 0
    await sleep(askedMs + Math.min(MOST_BACKOFF_MS, backoffMs(this.#failures, random())), stop)
  }

  /** Each trouble is told once, and its end. */
  #complain(why: string): void {
    const { log } = this.#parts
    if (why === this.#complained) return
    this.#complained = why
    if (why === '') log.info('runs on demand can be asked for again')
    else log.warn('runs on demand cannot be asked for; measuring goes on', { why })
  }
}

function tellFarEnds(query: URLSearchParams, { silent, heard }: FarEndsNow): void {
  if (heard !== null) query.set('heard', String(heard))
  for (const { farEnd, seconds } of silent) query.set(`${farEnd}Silent`, String(seconds))
}

/** What an answer says; null where it is not the collector's word. */
function saidIn({ status, body }: Reply): Partial<Record<string, unknown>> | null {
  if (status !== 200) return null
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

type ToldWithoutWork = Omit<NoWork, 'work'>

/** What the collector told for want of work; null for any other answer. */
function noWorkIn(reply: Reply): ToldWithoutWork | null {
  const said = saidIn(reply)
  const news = said?.work === 'none' ? newsIn(said.news) : null
  if (news === null) return null
  const seconds = said?.spreadSeconds
  return typeof seconds === 'number' ? { news, spreadSeconds: seconds } : { news }
}

/** What the collector wants; null for anything that is not its word. */
function workIn(reply: Reply): Work | null {
  const work = saidIn(reply) as Work | null
  const id = work?.work === 'run' ? work.run?.id : work?.work === 'cancel' ? work.id : ''
  const known = work?.work === 'run' || work?.work === 'cancel' || work?.work === 'plan'
  return known && typeof id === 'string' ? work : null
}
