import type { AgentMark, Store } from '../store/store.ts'
import { loadCarried } from './carried.ts'
import type { LiveSites } from './live.ts'

/** How far collectors' clocks may differ, and a commit may trail its arrival: marks looked at again. */
const OVERLAP_MS = 30_000
/** What is read while a commit of our own is on its way in can be one record off: read once more. */
const SETTLED_MS = 5000
const MARKS = 5000
const AGENTS_PER_READ = 100
/** Few: reading what they carry is work between requests. */
const SITES_PER_READ = 10

export interface FollowerOptions {
  readonly store: Pick<Store, 'changed' | 'agents' | 'carried'>
  readonly live: LiveSites
  readonly nowMs: () => number
}

/** Keeps this collector's newest state abreast of what other collectors stored in the same database. */
export class Follower {
  readonly #options: FollowerOptions
  /** Agents to read once more, by when. */
  readonly #again = new Map<string, { readonly mark: AgentMark; readonly atMs: number }>()
  /** When the newest round came that was taken over, by agent. */
  readonly #rounds = new Map<string, number>()
  #sinceMs: number

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#sinceMs = options.nowMs() - OVERLAP_MS
  }

  /** Takes over what changed since the last poll. */
  async poll(): Promise<void> {
    const { store, nowMs } = this.#options
    const now = nowMs()
    let sinceMs = Math.min(this.#sinceMs, now - OVERLAP_MS)
    for (;;) {
      const marks = await store.changed(sinceMs, MARKS)
      await this.#take(marks, now)
      const last = marks.at(-1)?.lastReceivedMs ?? sinceMs
      if (marks.length < MARKS || last <= sinceMs) break
      sinceMs = last
    }
    this.#sinceMs = now - OVERLAP_MS
    const due = [...this.#again].filter(([, { atMs }]) => atMs <= now)
    for (const [key] of due) this.#again.delete(key)
    await this.#read(due.map(([, { mark }]) => mark))
  }

  async #take(marks: readonly AgentMark[], now: number): Promise<void> {
    const news = marks.filter((mark) => !this.#options.live.knows(mark))
    for (const mark of news) this.#again.set(keyOf(mark), { mark, atMs: now + SETTLED_MS })
    await this.#read(news)
    await this.#takeCarried(marks, now)
  }

  async #read(marks: readonly AgentMark[]): Promise<void> {
    const { store, live } = this.#options
    for (let at = 0; at < marks.length; at += AGENTS_PER_READ) {
      const keys = marks.slice(at, at + AGENTS_PER_READ).map(({ site, agent }) => ({ site, agent }))
      const { states, boots } = await store.agents(keys)
      live.follow(states, boots)
    }
  }

  async #takeCarried(marks: readonly AgentMark[], now: number): Promise<void> {
    const news = marks.flatMap((mark) => {
      const { roundMs } = mark
      const isNew = roundMs !== null && roundMs > (this.#rounds.get(keyOf(mark)) ?? 0)
      return isNew ? [{ site: mark.site, key: keyOf(mark), roundMs }] : []
    })
    const sites = [...new Set(news.map(({ site }) => site))]
    await loadCarried(this.#options, sites, now, SITES_PER_READ)
    for (const { key, roundMs } of news) this.#rounds.set(key, roundMs)
  }
}

function keyOf({ site, agent }: Pick<AgentMark, 'site' | 'agent'>): string {
  return `${site}/${agent}`
}
