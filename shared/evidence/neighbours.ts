import { INTERVAL_MS } from '../clock.ts'
import type { Time } from '../intervals.ts'
import { CARRIED_HOLDS_MS } from '../verdict/period.ts'
import { carryingOf, type Placed } from './verify-index.ts'
import type { Report } from './verify-items.ts'

/**
 * True for a record that says nothing of a time and stands in its bundle for the chain alone: from before
 * it, and holding nothing into it, or from after it. What else is missing of such a one matters to nobody.
 * @param span whole quarter hours
 */
export function isNeighbour(seen: Pick<Placed, 'record' | 'unread'>, span: Time): boolean {
  const { from, to } = seen.record.window
  if (from >= span.to) return true
  if (to > span.from) return false
  const carried = carryingOf(seen)
  return carried === null || to <= span.from + INTERVAL_MS - CARRIED_HOLDS_MS[carried]
}

/** Reports of a neighbour what is wrong with it, and not what is missing. */
export function reportOfNeighbour(report: Report): Report {
  return (severity, ...said) => {
    if (severity !== 'missing') report(severity, ...said)
  }
}
