import { normal, type Random, seededRandom } from '../../support/random.ts'
import type { Fate, Impairment, Jitter, Leg, Loss, Rate } from './impairment.ts'
import { FATES } from './impairment.ts'
import { ICMP, ICMPV6, type PacketFacts, TCP, UDP } from './packet.ts'

/** What a rule decided for one packet; one object is filled again and again. */
export interface Decision {
  fate: number
  rule: number
  tos: number
  /** When it leaves, nanoseconds on the scale of the arrival. */
  dueNs: number
  /** When its copy leaves, or 0 for none. */
  copyDueNs: number
  answerTooBig: number
}

export const NO_RULE = 255
export const FATE = Object.fromEntries(FATES.map((fate, index) => [fate, index])) as Readonly<
  Record<Fate, number>
>
const NS_PER_MS = 1e6

/** One impairment in one direction, with its own queue, flow counters and random streams. */
export class RuleState {
  readonly #rule: Impairment
  readonly #index: number
  readonly #fromNs: number
  readonly #untilNs: number
  readonly #loses: (facts: PacketFacts) => boolean
  readonly #jitterMs: () => number
  readonly #reorders: Random
  readonly #duplicates: Random
  /** When all that is queued will have left, and when all that goes first will have. */
  #queueFreeNs = 0
  #priorityFreeNs = 0
  /** Of the packet before: 0 of the usual queue, 1 of the one that goes first. */
  readonly #lastDueNs = [0, 0]

  constructor(rule: Impairment, index: number, leg: Leg, seed: number, baseSeconds: number) {
    const stream = (purpose: number) => seededRandom(seed, index, leg === 'out' ? 1 : 2, purpose)
    this.#rule = rule
    this.#index = index
    this.#fromNs = ((rule.when?.fromMs ?? 0) - baseSeconds * 1000) * NS_PER_MS
    this.#untilNs = ((rule.when?.untilMs ?? Infinity) - baseSeconds * 1000) * NS_PER_MS
    this.#loses = lossProcess(rule.loss, stream(1))
    this.#jitterMs = jitterProcess(rule.jitter, stream(2))
    this.#reorders = stream(3)
    this.#duplicates = stream(4)
  }

  matches(facts: PacketFacts, inNs: number): boolean {
    if (inNs < this.#fromNs || inNs >= this.#untilNs) return false
    const match = this.#rule.match
    if (match === undefined) return true
    return (
      (match.dscp === undefined || match.dscp === facts.tos >> 2) &&
      (match.ip === undefined || match.ip === facts.version) &&
      (match.rtp === undefined || match.rtp === facts.isRtp) &&
      (match.protocol === undefined || PROTOCOLS[match.protocol].includes(facts.protocol)) &&
      (match.port === undefined ||
        match.port === facts.sourcePort ||
        match.port === facts.destinationPort)
    )
  }

  /** Fills `decision` for a packet that matched and arrived at `inNs`. */
  decide(facts: PacketFacts, inNs: number, decision: Decision): void {
    const rule = this.#rule
    decision.rule = this.#index
    if (rule.dscp !== undefined) decision.tos = (rule.dscp << 2) | (facts.tos & 3)
    if (rule.outage === true) {
      decision.fate = FATE.outage
    } else if (rule.mtu !== undefined && facts.length > rule.mtu.bytes) {
      decision.fate = FATE.mtu
      if (rule.mtu.reply === true) decision.answerTooBig = rule.mtu.bytes
    } else if (this.#loses(facts)) {
      decision.fate = rule.loss?.kind === 'burst' ? FATE.burst : FATE.loss
    } else {
      this.#schedule(facts, inNs, decision)
    }
  }

  #schedule(facts: PacketFacts, inNs: number, decision: Decision): void {
    const rule = this.#rule
    const queue = rule.rate?.priorityDscp === facts.tos >> 2 ? 1 : 0
    let dueNs = rule.rate === undefined ? inNs : this.#leaveAt(rule.rate, facts, inNs, queue)
    if (Number.isNaN(dueNs)) {
      decision.fate = FATE.queue
      return
    }
    dueNs += Math.max(0, (rule.delayMs ?? 0) + this.#jitterMs()) * NS_PER_MS
    if (rule.keepOrder !== false) {
      dueNs = Math.max(dueNs, this.#lastDueNs[queue]!)
      this.#lastDueNs[queue] = dueNs
    }
    if (rule.reorder !== undefined && this.#reorders() < rule.reorder.ratio) {
      dueNs += rule.reorder.byMs * NS_PER_MS
    }
    decision.dueNs = dueNs
    if (rule.duplicate !== undefined && this.#duplicates() < rule.duplicate.ratio) {
      decision.copyDueNs = dueNs + (rule.duplicate.afterMs ?? 0.1) * NS_PER_MS
    }
  }

  /**
   * When a packet has been sent at the rate; NaN where it finds no room. What goes first waits for its
   * own queue and the packet being sent; what it takes of the link, those that come later wait longer.
   */
  #leaveAt(rate: Rate, facts: PacketFacts, inNs: number, queue: number): number {
    const nsPerByte = 8e6 / rate.kbitPerSecond
    const bytes = facts.length + (rate.overheadBytes ?? 0)
    const takesNs = bytes * nsPerByte
    const first = queue === 1
    const beingSentNs = Math.max(0, Math.min(this.#queueFreeNs - inNs, takesNs))
    const startNs = first
      ? Math.max(inNs + beingSentNs, this.#priorityFreeNs)
      : Math.max(inNs, this.#queueFreeNs)
    // What is being sent takes no room; only a packet that must wait needs some.
    if (startNs > inNs && (startNs - inNs) / nsPerByte + bytes > rate.queueBytes) return Number.NaN
    if (first) this.#priorityFreeNs = startNs + takesNs
    this.#queueFreeNs = Math.max(inNs, this.#queueFreeNs) + takesNs
    return startNs + takesNs
  }
}

const PROTOCOLS: Readonly<Record<'udp' | 'tcp' | 'icmp', readonly number[]>> = {
  udp: [UDP],
  tcp: [TCP],
  icmp: [ICMP, ICMPV6],
}

function lossProcess(loss: Loss | undefined, random: Random): (facts: PacketFacts) => boolean {
  if (loss === undefined) return () => false
  if (loss.kind === 'random') return () => random() < loss.ratio
  if (loss.kind === 'burst') return burstProcess(loss, random)
  const counts = new Map<number, number>()
  return (facts) => {
    const flow = facts.isRtp ? facts.ssrc : -1
    const count = counts.get(flow) ?? 0
    counts.set(flow, count + 1)
    const before = Math.floor((count * loss.lost) / loss.of)
    return Math.floor(((count + 1) * loss.lost) / loss.of) > before
  }
}

/** Gilbert-Elliott: first the state may change, then the packet meets the state's loss. */
function burstProcess(loss: Extract<Loss, { kind: 'burst' }>, random: Random): () => boolean {
  let bad = false
  return () => {
    const change = random()
    bad = bad ? change >= loss.leave : change < loss.enter
    return random() < (bad ? (loss.lossInBad ?? 1) : (loss.lossInGood ?? 0))
  }
}

function jitterProcess(jitter: Jitter | undefined, random: Random): () => number {
  if (jitter === undefined) return () => 0
  if (jitter.kind === 'uniform') return () => (random() * 2 - 1) * jitter.plusMinusMs
  if (jitter.kind === 'normal') return () => normal(random) * jitter.sdMs
  return () => {
    const spike = random() < jitter.chance
    const tail = (1 - random()) ** (-1 / jitter.shape)
    return spike ? Math.min(jitter.maxMs, jitter.scaleMs * tail) : 0
  }
}
