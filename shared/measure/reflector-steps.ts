import { inReplyOrder } from './order.ts'
import type { StreamRows } from './rows.ts'

/** Smaller jumps than this are not counted as steps by any host. */
const STEP_NS = 1e6
/** A step makes one leg longer by what it takes from the other; a network hardly does. */
const OPPOSITE_SHARE = 0.25

interface Jump {
  /** Place in the order of arrival at the reflector. */
  readonly place: number
  readonly byNs: number
}

/**
 * The same rows with the reflector's own clock steps taken out of its stamps, so that differences
 * between two of them are durations; the agent's are free of steps already (see {@link StreamRows}).
 *
 * A host counts its steps and does not say when they were. In the stamps a step shows as a jump of
 * both legs by the same amount in opposite directions: the `steps` largest of those are taken out.
 */
export function withoutReflectorSteps(rows: StreamRows, steps: number): StreamRows {
  if (steps === 0) return rows
  const order = inReplyOrder(rows)
  const jumps = jumpsIn(rows, order)
    .sort((a, b) => Math.abs(b.byNs) - Math.abs(a.byNs))
    .slice(0, steps)
  if (jumps.length === 0) return rows
  const reachedNs = rows.reachedNs.slice()
  for (const { place, byNs } of jumps)
    for (let at = place; at < order.length; at++) reachedNs[order[at]!]! -= byNs
  return { ...rows, reachedNs }
}

function jumpsIn(rows: StreamRows, order: Uint32Array): Jump[] {
  const { sentNs, reachedNs, dwellNs, returnedNs } = rows
  const jumps: Jump[] = []
  let outBefore = Number.NaN
  let backBefore = Number.NaN
  for (let place = 0; place < order.length; place++) {
    const i = order[place]!
    const out = reachedNs[i]! - sentNs[i]!
    const back = returnedNs[i]! - (reachedNs[i]! + dwellNs[i]!)
    if (Number.isNaN(out + back)) continue
    const byNs = (out - outBefore - (back - backBefore)) / 2
    const bothNs = (out - outBefore + (back - backBefore)) / 2
    if (Math.abs(byNs) > STEP_NS && Math.abs(bothNs) < Math.abs(byNs) * OPPOSITE_SHARE)
      jumps.push({ place, byNs })
    outBefore = out
    backBefore = back
  }
  return jumps
}
