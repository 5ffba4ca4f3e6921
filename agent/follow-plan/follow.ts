import { withAnyOf } from '../../shared/any-of.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import type { Log } from '../log.ts'
import type { Job } from '../run/fieldwork.ts'
import type { NewsBoard } from '../run/news-board.ts'
import { sleep } from '../sleep.ts'
import type { SignedClient } from '../uplink/signed-client.ts'
import { readPlanApart } from './read-apart.ts'
import { type Kept, Shelf } from './shelf.ts'

export interface FollowParts {
  readonly client: SignedClient
  /** The state folder. */
  readonly state: string
  /** The site that this agent enrolled for. */
  readonly site: string
  readonly apply: (job: Job) => Promise<void>
  readonly news: Pick<NewsBoard, 'isFresh'>
  readonly log: Log
  readonly stop: AbortSignal
}

interface Sent {
  readonly version: number
  readonly sha256: string
  readonly plan: { readonly profile?: { readonly sha256?: unknown } | null }
}

interface Report {
  readonly version: number
  readonly applied: boolean
  readonly why: string
}

const EVERY_MS = 60_000
/** Who asks for work is told of a new plan at once: this is for what nobody thought of. */
const EVERY_MS_WITH_NEWS = 15 * 60_000
const SPREAD = 0.1
const ANSWER_WITHIN_MS = 20_000

/**
 * Does what the collector's plan says, and goes on doing so while the collector is away. A plan that
 * does not pass every check changes nothing: the last good one holds, and the collector is told why.
 */
export class PlanFollower {
  readonly #parts: FollowParts
  readonly #shelf: Shelf
  #waking = new AbortController()
  #holding: Kept | null = null
  /** The newest version that was looked at, good or bad. */
  #seen: Kept | null = null
  #unsaid: Report | null = null
  #complained = ''
  #waiting: (() => void)[] = []

  constructor(parts: FollowParts) {
    this.#parts = parts
    this.#shelf = new Shelf(parts.state)
  }

  /** The newest version known, applied or refused; 0: none. */
  get version(): number {
    return this.#seen?.version ?? 0
  }

  /** Folder of the plan that holds; null where none does. */
  get folder(): string | null {
    return this.#holding === null ? null : this.#shelf.folderOf(this.#holding)
  }

  /** Asks for the plan now, and resolves when it has been looked at, or when nothing looks any more. */
  look(): Promise<void> {
    if (this.#parts.stop.aborted) return Promise.resolve()
    this.#waking.abort()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Follows until told to stop: first what was kept, then what the collector says. */
  async run(): Promise<void> {
    // Who waits for a look must not wait for one that never comes: the agent would not end.
    await this.#follow().finally(() => this.#looked())
  }

  async #follow(): Promise<void> {
    const { stop } = this.#parts
    await this.#resume()
    while (!stop.aborted) {
      const waking = new AbortController()
      this.#waking = waking
      await this.#ask().catch((error: Error) => this.#complain(error.message))
      this.#looked()
      await this.#rest(stop, waking.signal)
    }
  }

  /** Until it is time to ask again, or somebody wants it. */
  async #rest(stop: AbortSignal, waking: AbortSignal): Promise<void> {
    const askedMs = performance.now()
    do {
      const waitMs = EVERY_MS * (1 + SPREAD * (2 * Math.random() - 1))
      await withAnyOf([stop, waking], (wake) => sleep(waitMs, wake))
      if (stop.aborted || waking.aborted) return
    } while (this.#isTold && performance.now() - askedMs < EVERY_MS_WITH_NEWS)
  }

  /** True: what holds is known to the collector, and news of another plan would have come. */
  get #isTold(): boolean {
    return this.#parts.news.isFresh && this.#unsaid === null && this.#complained === ''
  }

  #looked(): void {
    for (const done of this.#waiting.splice(0)) done()
  }

  async #resume(): Promise<void> {
    const kept = this.#shelf.current()
    if (kept === null) {
      this.#parts.log.info('no plan is kept here yet: waiting for the collector')
      return
    }
    const read = await this.#take(kept)
    if (!read.ok && !this.#parts.stop.aborted)
      this.#parts.log.error('the plan that was kept cannot be used', { why: read.error })
  }

  async #ask(): Promise<void> {
    const { client, stop, log } = this.#parts
    await this.#report()
    const tag = this.#seen?.etag
    const reply = await client.ask({
      ...{ method: 'GET', path: 'api/v1/agents/self/plan', timeoutMs: ANSWER_WITHIN_MS, stop },
      ...(tag === undefined ? {} : { headers: { 'if-none-match': tag } }),
    })
    if (reply.status === 304) return this.#complain('')
    if (reply.status !== 200) throw new Error(`HTTP ${reply.status}: ${reply.body.slice(0, 300)}`)
    this.#complain('')
    const sent = JSON.parse(reply.body) as Sent
    const kept = { version: sent.version, sha256: sent.sha256, etag: reply.headers.etag ?? '' }
    const taken = await this.#lay(kept, sent)
    if (stop.aborted) return
    this.#seen = kept
    const why = taken.ok ? '' : taken.error
    this.#unsaid = { version: kept.version, applied: taken.ok, why: why.slice(0, 2000) }
    if (!taken.ok) {
      log.error('the plan is refused; the last good one holds', { version: kept.version, why })
    }
    await this.#report()
  }

  async #lay(kept: Kept, sent: Sent): Promise<Result<void, string>> {
    const profile = await this.#profile(String(sent.plan.profile?.sha256))
    const files = { 'plan.json': JSON.stringify(sent.plan), 'profile.json': profile }
    this.#shelf.lay(kept, files)
    const taken = await this.#take(kept)
    if (taken.ok) this.#shelf.hold(kept)
    return taken
  }

  /** Checks a plan that is on disk, and puts it to work. */
  async #take(kept: Kept): Promise<Result<void, string>> {
    const { apply, log, site, stop } = this.#parts
    const folder = this.#shelf.folderOf(kept)
    const read = await readPlanApart(folder, kept.sha256, stop)
    // Nothing is begun that would have to be ended at once.
    if (stop.aborted) return refuse('the agent stops')
    if (!read.ok) return read
    const { loaded, schedule } = read.value
    if (loaded.site.site !== site)
      return refuse(`site.site: wanted ${site}, found ${loaded.site.site}`)
    const { checksEveryMs, calls, codec } = schedule
    await apply({ loaded, where: loaded.file, checksEveryMs, calls, codec })
    this.#holding = kept
    this.#seen = kept
    log.info('the agent measures by its plan', { version: kept.version, site })
    return ok(undefined)
  }

  async #profile(sha256: string): Promise<string> {
    const { client, stop } = this.#parts
    const path = `api/v1/agents/self/profiles/${encodeURIComponent(sha256)}`
    const reply = await client.ask({ method: 'GET', path, timeoutMs: ANSWER_WITHIN_MS, stop })
    if (reply.status !== 200) throw new Error(`profile: HTTP ${reply.status}`)
    return JSON.stringify((JSON.parse(reply.body) as { readonly profile: unknown }).profile)
  }

  async #report(): Promise<void> {
    const { client, stop } = this.#parts
    if (this.#unsaid === null) return
    const path = 'api/v1/agents/self/plan-report'
    const body = this.#unsaid
    const reply = await client.ask({
      method: 'POST',
      path,
      body,
      timeoutMs: ANSWER_WITHIN_MS,
      stop,
    })
    if (reply.status >= 500) throw new Error(`plan report: HTTP ${reply.status}`)
    this.#unsaid = null
  }

  /** Each trouble is told once, and its end. */
  #complain(why: string): void {
    const { log, stop } = this.#parts
    if (why === this.#complained || stop.aborted) return
    this.#complained = why
    if (why === '') log.info('the collector tells the plan again')
    else log.warn('the collector does not tell the plan; the last good one holds', { why })
  }
}
