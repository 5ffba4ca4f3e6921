import { CHAIN_MARGIN_MS } from '../clock.ts'
import { grouped } from '../grouped.ts'
import type { Time } from '../intervals.ts'
import { enteredOf } from './verify-entries.ts'
import type { SeenEntry, SeenRecord } from './verify-items.ts'

/** Records of one agent that name each other without a hole, as far as they reach. */
interface Stretch {
  /** When the first of them to end had ended: nothing of what it had yet to make stands before it. */
  readonly endedMs: number
  /** When the last of them to begin began. */
  readonly beganMs: number
}

/** Agents whose chain shows all that they made of a time, and those whose chain does not. */
export interface Whole {
  readonly whole: readonly string[]
  readonly open: readonly string[]
  /** There are some of the former, and none of the latter. */
  readonly all: boolean
}

/**
 * Of which times an agent's own chain shows all that it made: its records from well before to well after
 * one name each other, and its key signed them. So nobody can have left one out, whoever keeps the log.
 */
export class Unbroken {
  readonly #stretches = new Map<string, readonly Stretch[]>()
  readonly #retired: ReadonlyMap<string, number>

  /** @param entries of the log: an agent whose key was taken back, and got no other, is heard no more */
  constructor(records: readonly SeenRecord[], entries: readonly SeenEntry[]) {
    const agents = grouped(records, ({ record }) => record.agent)
    for (const [agent, own] of [...agents].sort(([a], [b]) => (a < b ? -1 : 1)))
      this.#stretches.set(agent, stretchesOf(own))
    this.#retired = retiredOf(entries)
  }

  /** Whose chain shows all that was made of a time, among the agents of the bundle that might have made some. */
  of({ from, to }: Time): Whole {
    const whole: string[] = []
    const open: string[] = []
    for (const [agent, stretches] of this.#stretches) {
      const reaches = stretches.some(
        ({ endedMs, beganMs }) =>
          endedMs <= from - CHAIN_MARGIN_MS && beganMs >= to + CHAIN_MARGIN_MS,
      )
      if (reaches) whole.push(agent)
      else if ((this.#retired.get(agent) ?? to) > from) open.push(agent)
    }
    return { whole, open, all: whole.length > 0 && open.length === 0 }
  }
}

/** By the log, since when each agent's key is taken back; those that got another one are not among them. */
function retiredOf(entries: readonly SeenEntry[]): Map<string, number> {
  const retired = new Map<string, number>()
  for (const { entry, enteredMs } of enteredOf(entries)) {
    if (entry.kind === 'revoke') retired.set(entry.agent, enteredMs)
    if (entry.kind === 'enrol' || entry.kind === 'rotate') retired.delete(entry.agent)
  }
  return retired
}

function stretchesOf(own: readonly SeenRecord[]): Stretch[] {
  const proven = own.filter((seen) => seen.proven)
  const here = new Set(proven.map(({ payloadSha256 }) => payloadSha256))
  const followers = new Map<string, SeenRecord>()
  const firsts: SeenRecord[] = []
  for (const seen of proven) {
    const { previous } = seen.record
    if (previous !== null && here.has(previous)) followers.set(previous, seen)
    else firsts.push(seen)
  }
  return firsts.map((first) => {
    let endedMs = Number.POSITIVE_INFINITY
    let beganMs = Number.NEGATIVE_INFINITY
    // Each names one before it, so what follows a first is no circle.
    for (let seen: SeenRecord | undefined = first; seen !== undefined; ) {
      const { window, clock, run } = seen.record
      // A round alone may be of long before it was written.
      if (clock !== undefined || run !== undefined) endedMs = Math.min(endedMs, window.to)
      beganMs = Math.max(beganMs, window.from)
      seen = followers.get(seen.payloadSha256)
    }
    return { endedMs, beganMs }
  })
}

/**
 * By whose word no record is left out, in a sentence.
 * @param among what else is said of the quarter hours that the chain shows
 */
export function leftOutText(whole: number, of: number, among = ''): string {
  const rest = whole === of ? '' : "; of the others that is the collector's word"
  const told = `${whole} of ${of} quarter hours${among}`
  return `By the agents' signed chain no record is left out of ${told}${rest}`
}
