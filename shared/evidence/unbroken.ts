import { CHAIN_MARGIN_MS } from '../clock.ts'
import { grouped } from '../grouped.ts'
import type { Time } from '../intervals.ts'
import type { SeenRecord } from './verify-items.ts'

/** Records of one agent that name each other without a hole, as far as they reach. */
interface Stretch {
  /** When the first of them to end had ended: nothing of what it had yet to make stands before it. */
  readonly endedMs: number
  /** When the last of them to begin began. */
  readonly beganMs: number
}

/**
 * Of which times an agent's own chain shows all that it made: its records from well before to well after
 * one name each other, and its key signed them. So nobody can have left one out, whoever keeps the log.
 */
export class Unbroken {
  readonly #stretches = new Map<string, readonly Stretch[]>()

  constructor(records: readonly SeenRecord[]) {
    const agents = grouped(records, ({ record }) => record.agent)
    for (const [agent, own] of agents) this.#stretches.set(agent, stretchesOf(own))
  }

  /** Agents of the bundle whose chain shows all that they made of a time, and whether these are all. */
  of({ from, to }: Time): { readonly agents: readonly string[]; readonly all: boolean } {
    const whole = [...this.#stretches].filter(([, stretches]) =>
      stretches.some(
        ({ endedMs, beganMs }) =>
          endedMs <= from - CHAIN_MARGIN_MS && beganMs >= to + CHAIN_MARGIN_MS,
      ),
    )
    const agents = whole.map(([agent]) => agent).sort()
    return { agents, all: agents.length > 0 && agents.length === this.#stretches.size }
  }
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
