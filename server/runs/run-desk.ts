import { randomUUID } from 'node:crypto'
import { runRefusal } from '../../shared/plan/consent.ts'
import type { RunAsk, RunEvent, Work } from '../../shared/plan/run.ts'
import { isOver } from '../../shared/plan/run-kinds.ts'
import { lacking } from '../../shared/profile/lines.ts'
import type { AgentIdentity } from '../access/principals.ts'
import { Problem, problem } from '../problem.ts'
import type { StoredRun } from '../store/plans/run-queries.ts'
import { takeEvents } from './events.ts'
import type { RunLimits } from './limits.ts'
import { OpenSites } from './open-sites.ts'
import { watchOver } from './overseer.ts'
import type { RunDeskParts } from './parts.ts'
import { type Listening, WaitingRoom } from './waiting-room.ts'

const FULL_RETRY_SECONDS = 30

/** What an agent says with its question for work. */
export interface WorkQuestion {
  readonly waitMs: number
  /** The plan's version that it knows (applied or refused); absent: it follows no plan. */
  readonly planVersion?: number
  /** The run that it is at; absent: none. */
  readonly busy?: string
}

/** Runs on demand: the queue of every site, the agents that wait for them, and who watches. */
export class RunDesk {
  readonly #parts: RunDeskParts
  /** Agents by site; readers by `site/run`. */
  readonly #agents = new WaitingRoom()
  readonly #readers = new WaitingRoom()
  readonly #asking = new Map<string, AbortController>()
  readonly #open = new OpenSites()
  readonly #closing = new AbortController()
  readonly #tick: NodeJS.Timeout
  readonly #sinceMs: number

  constructor(parts: RunDeskParts) {
    this.#parts = parts
    this.#sinceMs = parts.nowMs()
    parts.plans.onChange((site) => this.#agents.wake(site))
    let looking = false
    this.#tick = setInterval(() => {
      if (looking) return
      looking = true
      void this.#look()
        .catch(parts.onError)
        .finally(() => {
          looking = false
        })
    }, parts.limits.tickMs)
    this.#tick.unref()
  }

  get limits(): RunLimits {
    return this.#parts.limits
  }

  /** Ends all waiting; what was asked for stays in the store. */
  close(): void {
    clearInterval(this.#tick)
    this.#closing.abort()
    for (const waiting of this.#asking.values()) waiting.abort()
  }

  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /**
   * Queues a run and returns its id.
   * @throws Problem `run-refused` where the plan does not allow it, `queue-full`, `bad-parameter`
   */
  async ask(site: string, ask: RunAsk, by: string): Promise<string> {
    const { store, plans, nowMs, limits } = this.#parts
    const held = await plans.newest(site)
    const refusal = runRefusal(held?.plan ?? null, ask, nowMs())
    if (refusal !== null) throw problem('run-refused', refusal)
    const known = held === null ? null : this.#parts.profile(held.plan.profile.sha256)
    const [strange] = known === null ? [] : lacking(known.profile, ask.lines ?? [])
    if (strange !== undefined) {
      const wanted = `lines of ${known?.profile.id}`
      throw problem('bad-parameter', { where: 'body.lines', wanted, found: strange })
    }
    const id = randomUUID()
    const run = { site, id, ask: JSON.stringify(ask), by, askedMs: nowMs() }
    if (!(await store.plans.askRun(run, limits.mostOpen))) {
      throw new Problem('queue-full', { wanted: `<= ${limits.mostOpen}` }, FULL_RETRY_SECONDS)
    }
    this.#open.add(site)
    this.#agents.wake(site)
    return id
  }

  /** Ends a run before its time; one that is over stays as it is. */
  async cancel(run: StoredRun, by: string): Promise<void> {
    const { store, nowMs } = this.#parts
    const why = `cancelled by ${by}`
    const at = { site: run.site, id: run.id }
    const over = { state: 'cancelled', endedMs: nowMs(), why } as const
    const waited = await store.plans.changeRun(at, ['asked'], over)
    if (!waited) await store.plans.changeRun(at, ['taken', 'running'], { cancel: true, why })
    this.#agents.wake(run.site)
    this.news(run)
  }

  /**
   * What an agent is to do next; null when nothing came in its time. One question of an agent waits at
   * a time: a newer one ends the older.
   */
  async work(agent: AgentIdentity, ask: WorkQuestion, gone: AbortSignal): Promise<Work | null> {
    const name = `${agent.site}/${agent.agent}`
    this.#asking.get(name)?.abort()
    const mine = new AbortController()
    this.#asking.set(name, mine)
    gone.addEventListener('abort', () => mine.abort(gone.reason), { once: true })
    if (gone.aborted || this.#closing.signal.aborted) mine.abort()
    try {
      return await this.#waitFor(agent, ask, mine.signal)
    } finally {
      if (this.#asking.get(name) === mine) this.#asking.delete(name)
    }
  }

  async #waitFor(agent: AgentIdentity, ask: WorkQuestion, over: AbortSignal): Promise<Work | null> {
    const untilMs = performance.now() + ask.waitMs
    for (;;) {
      if (over.aborted) return null
      // Listening before looking: what is asked meanwhile is not missed.
      const left = untilMs - performance.now()
      const listening = this.#agents.listen(agent.site, left, over)
      const found = await this.#find(agent, ask)
      if (found !== null || left <= 0) {
        listening.end()
        return found
      }
      await listening.heard
    }
  }

  /** Takes what an agent tells of its run; says whether it is to stop. @throws Problem unknown-run */
  async tell(agent: AgentIdentity, id: string, events: readonly RunEvent[]): Promise<boolean> {
    const run = await this.#parts.store.plans.findRun(agent.site, id)
    if (run === null || run.agent !== agent.agent) throw problem('unknown-run', { found: id })
    if (!isOver(run.state)) await takeEvents(this.#parts, run, events)
    this.news(run)
    return run.cancel || isOver(run.state)
  }

  /** Hears of the next news of a run, of the signal, or of the time's end. */
  listen(run: { site: string; id: string }, ms: number, signal: AbortSignal): Listening {
    return this.#readers.listen(`${run.site}/${run.id}`, ms, signal)
  }

  news(run: { readonly site: string; readonly id: string }): void {
    this.#readers.wake(`${run.site}/${run.id}`)
  }

  async #find(agent: AgentIdentity, { planVersion, busy }: WorkQuestion): Promise<Work | null> {
    const { plans, store } = this.#parts
    const version = plans.version(agent.site)
    const follows = planVersion !== undefined && version > 0
    if (follows && version !== planVersion) return { work: 'plan' }
    if (busy === undefined && !this.#open.may(agent.site)) return null
    const open = await store.plans.openRuns(agent.site)
    if (busy === undefined) return this.#take(agent, open)
    const run = open.find(({ id }) => id === busy)
    return run === undefined || run.cancel ? { work: 'cancel', id: busy } : null
  }

  /** The first of the runs that is for this agent, which is at none. */
  async #take(agent: AgentIdentity, open: readonly StoredRun[]): Promise<Work | null> {
    const { store, nowMs } = this.#parts
    for (const run of open) {
      if (run.agent !== null && run.agent !== agent.agent) continue
      if (run.state === 'running') await this.#lost(run)
      // The answer that gave it away did not arrive: it is given again.
      else if (run.state === 'taken') return orderOf(run)
      else if (isFor(run, agent.agent)) {
        const at = { site: run.site, id: run.id, agent: agent.agent }
        if (!(await store.plans.takeRun(at, nowMs()))) continue
        this.news(run)
        return orderOf(run)
      }
    }
    return null
  }

  /** Its agent asks for work and knows nothing of it. */
  async #lost(run: StoredRun): Promise<void> {
    const why = 'the agent started anew before the run ended'
    const over = { state: 'failed', endedMs: this.#parts.nowMs(), why } as const
    await this.#parts.store.plans.changeRun({ site: run.site, id: run.id }, ['running'], over)
    this.news(run)
  }

  async #look(): Promise<void> {
    await this.#parts.plans.refresh()
    for (const run of await this.#open.look(() => watchOver(this.#parts, this.#sinceMs))) {
      this.news(run)
      // One that is only taken is still to be had: its agent may ask again, of another collector.
      if (run.state !== 'running' || run.cancel) this.#agents.wake(run.site)
    }
  }
}

function orderOf(run: StoredRun): Work {
  return { work: 'run', run: { id: run.id, ask: JSON.parse(run.ask) as RunAsk } }
}

function isFor(run: StoredRun, agent: string): boolean {
  const wanted = (JSON.parse(run.ask) as RunAsk).agent
  return wanted === undefined || wanted === agent
}
