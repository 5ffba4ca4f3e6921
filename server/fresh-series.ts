import { setImmediate } from 'node:timers/promises'
import type { Absence } from './absent.ts'
import type { Expiry } from './expiry.ts'
import type { LiveSites } from './ingest/live.ts'
import { parseStoredPayload } from './ingest/parse.ts'
import type { Judging } from './judging/judging.ts'
import { SiteSeries } from './metrics/site-series.ts'

/** How often the sites' series are brought up to date between scrapes. */
const REFRESH_MS = 500

/** The sites' series, brought up to date between scrapes until `endRefresh` is called. */
export function freshSeries(
  live: LiveSites,
  judging: Judging,
  nowMs: () => number,
  { absence, expiry }: { readonly absence: Absence; readonly expiry: Expiry },
) {
  const series = new SiteSeries({
    names: () => live.names(),
    site: (name) => live.get(name),
    absent: () => absence.unheard(),
    expiring: () => expiry.agentKeys(),
    record: parseStoredPayload,
    judgement: (site) => judging.window(site).judgement,
    ...{ nowMs, monotonicMs: () => performance.now() },
    pause: () => setImmediate(),
  })
  return { series, endRefresh: keepFresh(series, live) }
}

/** Writes what records changed before the next scrape asks for it; returns how to end that. */
function keepFresh(series: SiteSeries, live: LiveSites): () => void {
  let running = false
  const timer = setInterval(async () => {
    if (running) return
    running = true
    // What cannot be written now is tried again, and its error told, by the scrape that asks for it.
    await series.refresh(live.takeChanged()).catch(() => {})
    running = false
  }, REFRESH_MS)
  timer.unref()
  return () => clearInterval(timer)
}
