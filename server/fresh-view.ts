import { setImmediate } from 'node:timers/promises'
import type { Absence } from './absent.ts'
import type { Expiry } from './expiry.ts'
import type { FailedQuarters } from './history/failed-quarters.ts'
import type { LiveSites } from './ingest/live.ts'
import { JudgeAhead } from './judging/ahead.ts'
import type { Judging } from './judging/judging.ts'
import { SiteSeries } from './metrics/site-series.ts'
import type { Unheard } from './metrics/unheard.ts'
import type { PlanDesk } from './plans/plan-desk.ts'
import type { Heartbeats } from './runs/heartbeats.ts'

/**
 * How often what follows from new records is brought up to date: a list of 10,000 sites, where some 170
 * records come in a second, then finds fewer than twenty that are not judged.
 */
const REFRESH_MS = 100

/** What follows from the newest records, made ready before somebody asks. */
export interface FreshView {
  readonly series: SiteSeries
  readonly ahead: JudgeAhead
  /** Begins with all sites, as they were when the collector was stopped. */
  readonly begin: () => void
  readonly end: () => Promise<void>
}

interface Told {
  readonly absence: Absence
  readonly expiry: Expiry
  readonly heartbeats: Heartbeats
  readonly plans: PlanDesk
  readonly failed: FailedQuarters
}

/** The words and series of all sites, kept up to date between questions from `begin` to `end`. */
export function freshView(
  live: LiveSites,
  judging: Judging,
  nowMs: () => number,
  told: Told,
): FreshView {
  const monotonicMs = () => performance.now()
  const series = new SiteSeries({
    names: () => live.names(),
    site: (name) => live.get(name),
    ...unheard(told),
    outdated: ({ site, newest }) => told.heartbeats.outdates(site, newest),
    record: (row) => judging.read(row),
    judgement: (site) => judging.window(site).judgement,
    ...{ nowMs, monotonicMs },
    pause: () => setImmediate(),
  })
  const ahead = new JudgeAhead({
    ...{ live, judging, monotonicMs },
    judge: (site) => {
      if (!series.prepare(site)) judging.window(site)
    },
  })
  let timer: NodeJS.Timeout | null = null
  return {
    ...{ series, ahead },
    begin: () => {
      series.expect()
      ahead.begin()
      timer = keepFresh(series, ahead, live)
    },
    end: async () => {
      if (timer !== null) clearInterval(timer)
      await ahead.stop()
    },
  }
}

function keepFresh(series: SiteSeries, ahead: JudgeAhead, live: LiveSites): NodeJS.Timeout {
  let running = false
  const timer = setInterval(async () => {
    if (running) return
    running = true
    const changed = live.takeChanged()
    // What cannot be made now is tried again, and its error told, by the question that asks for it.
    await series.refresh(changed).catch(() => {})
    await ahead.changed(changed).catch(() => {})
    running = false
  }, REFRESH_MS)
  timer.unref()
  return timer
}

function unheard({ absence, expiry, heartbeats, plans, failed }: Told): Unheard {
  return {
    absent: () => absence.unheard(),
    expiring: () => expiry.agentKeys(),
    revoked: () => absence.revoked(),
    silent: () => heartbeats.silent(),
    maintained: () => plans.maintained(),
    failed: () => failed.all(),
  }
}
