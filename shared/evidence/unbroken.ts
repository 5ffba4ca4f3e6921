import { CHAIN_MARGIN_MS, INTERVAL_MS } from '../clock.ts'
import { grouped } from '../grouped.ts'
import { type Time, touching } from '../intervals.ts'
import { isStepped } from './clock-steps.ts'
import type { SeenRecord } from './verify-items.ts'

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
  /** Of the latter: those whose chain breaks off too soon after that time, and shows it if it goes on. */
  readonly brokenOff: readonly string[]
  /** There are some of the former, and none of the latter. */
  readonly all: boolean
  /** One says that it measured then, and could not keep it: that is no silence. */
  readonly dropped: boolean
}

/**
 * Of which times an agent's own chain shows all that it made: its records from well before to well after
 * one name each other, and its key signed them. So nobody can have left one out, whoever keeps the log.
 */
export class Unbroken {
  readonly #stretches = new Map<string, readonly Stretch[]>()
  /** Of each agent the stretch that reaches furthest, long or short. */
  readonly #newest = new Map<string, Stretch | undefined>()
  readonly #retired: ReadonlyMap<string, number>
  readonly #dropped: readonly Time[]

  /**
   * @param retired since when the log says that an agent's keys are taken back: it is heard no more
   * @param known agents of the site by the keys given and by the log: of one without a record here all may be left out
   */
  constructor(
    records: readonly SeenRecord[],
    retired: ReadonlyMap<string, number>,
    known: Iterable<string>,
  ) {
    const agents = grouped(records, ({ record }) => record.agent)
    for (const agent of [...new Set([...known, ...agents.keys()])].sort()) {
      const all = stretchesOf(agents.get(agent) ?? [])
      this.#stretches.set(agent, all.filter(isLong))
      this.#newest.set(agent, [...all].sort((a, b) => b.beganMs - a.beganMs)[0])
    }
    this.#retired = retired
    this.#dropped = records.flatMap(({ record: { dropped } }) => dropped ?? [])
  }

  /** Whose chain shows all that was made of a time, among the agents that might have made some. */
  of(time: Time): Whole {
    const { from, to } = time
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
    const dropped = this.#dropped.some((one) => touching(one, time))
    const brokenOff = open.filter((agent) => this.#breaksOff(agent, time))
    return { whole, open, brokenOff, all: whole.length > 0 && open.length === 0, dropped }
  }

  #breaksOff(agent: string, { from, to }: Time): boolean {
    const { endedMs, beganMs } = this.#newest.get(agent) ?? NO_STRETCH
    const reachesBack = endedMs <= from - CHAIN_MARGIN_MS
    return reachesBack && beganMs >= from && beganMs < to + CHAIN_MARGIN_MS
  }
}

type Link = Pick<SeenRecord, 'payloadSha256'> &
  Pick<SeenRecord['record'], 'boot' | 'previous' | 'window' | 'clock'>

function linkOf({ payloadSha256, record }: SeenRecord): Link {
  const { boot, previous, window, clock } = record
  return { payloadSha256, boot, previous, window, clock }
}

function stretchesOf(own: readonly SeenRecord[]): Stretch[] {
  const links = own.filter(({ proven }) => proven).map(linkOf)
  // A host that has just started may date its first minutes wrongly: those of a clock that was set count.
  const isSet = links.some(({ clock }) => clock?.synchronised === true)
  const here = new Set(links.map(({ payloadSha256 }) => payloadSha256))
  const followers = new Map<string, Link>()
  const firsts: Link[] = []
  for (const link of links) {
    const { previous } = link
    if (previous !== null && here.has(previous)) followers.set(previous, link)
    else firsts.push(link)
  }
  return firsts.flatMap((first) => {
    const stretches: Stretch[] = []
    let dated: Link[] = []
    // Each names one before it, so what follows a first is no circle.
    for (let link: Link | undefined = first; link; link = followers.get(link.payloadSha256)) {
      // Those without clocks, rounds alone, may be of long before they were written.
      if (link.clock === undefined || (isSet && !link.clock.synchronised)) continue
      const before = dated.at(-1)
      if (!isSet && before !== undefined && isStepped(before, link)) {
        stretches.push(stretchOf(dated))
        dated = []
      }
      dated.push(link)
    }
    return [...stretches, stretchOf(dated)]
  })
}

/** Of a shorter one no quarter hour is whole: there may be as many as there are records. */
function isLong({ endedMs, beganMs }: Stretch): boolean {
  return beganMs - endedMs >= INTERVAL_MS + 2 * CHAIN_MARGIN_MS
}

const NO_STRETCH: Stretch = {
  endedMs: Number.POSITIVE_INFINITY,
  beganMs: Number.NEGATIVE_INFINITY,
}

function stretchOf(dated: readonly Link[]): Stretch {
  const stretch = { ...NO_STRETCH }
  for (const { window } of dated) {
    stretch.endedMs = Math.min(stretch.endedMs, window.to)
    stretch.beganMs = Math.max(stretch.beganMs, window.from)
  }
  return stretch
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
