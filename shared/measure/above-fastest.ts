import type { Distribution } from '../record/observation.ts'
import { distributionOf } from './distribution.ts'
import { transitsBack, transitsOut } from './jitter.ts'
import type { StreamRows } from './rows.ts'
import { smallest } from './stamp-pairs.ts'

/**
 * Delay above the fastest packet of all groups together, per group: queueing, as RFC 5481 takes PDV.
 * Groups that ran at the same time between the same two hosts have one clock offset, so their figures
 * can be held against each other without knowing it.
 * @param groups the calls of each group, of one window
 */
export function aboveFastest(
  groups: readonly (readonly StreamRows[])[],
  leg: 'out' | 'back',
): readonly (Distribution | null)[] {
  const transits = leg === 'out' ? transitsOut : transitsBack
  const known = groups.map((rows) => rows.map(transits))
  const fastest = Math.min(...known.flat().map(smallest))
  return known.map((group) => {
    const all = new Float64Array(group.reduce((sum, one) => sum + one.length, 0))
    let at = 0
    for (const one of group) {
      all.set(one, at)
      at += one.length
    }
    return distributionOf(all.map((ns) => ns - fastest))
  })
}
