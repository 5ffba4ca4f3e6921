import { INTERVAL_MS } from '../../shared/clock.ts'
import { monthSpan } from '../../shared/report/month.ts'
import type { Zone } from '../../shared/report/zone.ts'
import type { Store } from '../store/store.ts'

export interface Month {
  /** `2026-10` */
  readonly month: string
  /** Milliseconds since 1970. */
  readonly fromMs: number
  readonly toMs: number
}

/** Months that are looked through: three years, as long as history is kept by default. */
const MOST_MONTHS = 37

/** The month of a zone; null: there is no such month. */
export function monthOf(month: string, zone: Zone): Month | null {
  const span = monthSpan(month, zone)
  return span === null ? null : { month, ...span }
}

/** The month that an instant lies in. */
function monthAt(ms: number, zone: Zone): Month {
  const month = zone.parts(ms).day.slice(0, 7)
  const found = monthOf(month, zone)
  if (found === null) throw new RangeError(`no month: ${month}`)
  return found
}

/** The newest month that is over. */
export function monthEnded(nowMs: number, zone: Zone): Month {
  return monthAt(monthAt(nowMs, zone).fromMs - INTERVAL_MS, zone)
}

/** Months (UTC) of which records of a site are kept, newest first; the running one is the first of them. */
export async function monthsKept(
  store: Pick<Store, 'between'>,
  site: string,
  nowMs: number,
): Promise<readonly Month[]> {
  const now = new Date(nowMs)
  const [year, running] = [now.getUTCFullYear(), now.getUTCMonth()]
  const found: Month[] = []
  for (let back = 0; back < MOST_MONTHS; back += 1) {
    const [fromMs, toMs] = [Date.UTC(year, running - back), Date.UTC(year, running - back + 1)]
    const [one] = await store.between(site, fromMs, toMs, 1)
    const month = new Date(fromMs).toISOString().slice(0, 7)
    if (one !== undefined) found.push({ month, fromMs, toMs })
  }
  return found
}
