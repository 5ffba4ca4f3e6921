import { runningJitter } from '../bench/irtt.ts'
import type { PacketTruth } from '../lab/router/truth-log.ts'
import { REPLY_SSRC_BIT, sessionPackets } from '../lab/session-packets.ts'
import { quantiles, type Truth } from '../lab/truth.ts'

const FRAME_NS = 20e6
const WRAP = 65_536

/** What the router did with the packets of one window of one far end, on one leg. */
export interface LegTruth {
  readonly sent: number
  readonly lost: number
  readonly delayP95Ms: number
  /** RFC 3550 running jitter over the router's own delays, in order of departure. */
  readonly jitterP95Ms: number
  readonly wrongMarks: number
}

export interface WindowTruth {
  readonly out: LegTruth
  readonly back: LegTruth
  /** Distance of the nearest packet to a border of the window: below a millisecond it is unclear. */
  readonly borderMs: number
}

/** A packet with its sequence unwrapped to more than 16 bits. */
interface Numbered {
  readonly packet: PacketTruth
  readonly sequence: number
}

/**
 * The router's log of one far end, told by the windows that the agent cuts: a packet belongs to the
 * window in which it was due, its reply with it. What was due when follows from the sequence
 * numbers, since one packet of a call is due every 20 ms.
 */
export class TruthLedger {
  readonly #baseMs: number
  readonly #out: readonly Numbered[]
  readonly #back: readonly Numbered[]

  /** @param port of the far end's reflector */
  constructor(truth: Truth, port: number) {
    this.#baseMs = truth.baseSeconds * 1000
    const { out, back } = sessionPackets(truth, { port })
    this.#out = number(out)
    this.#back = repliesOf(this.#out, back)
  }

  /** @param fromMs,toMs borders, milliseconds since 1970 */
  window(fromMs: number, toMs: number): WindowTruth {
    const fromNs = (fromMs - this.#baseMs) * 1e6
    const toNs = (toMs - this.#baseMs) * 1e6
    const startNs = this.#startNs(fromNs, toNs)
    const first = Math.ceil((fromNs - startNs) / FRAME_NS)
    const end = Math.ceil((toNs - startNs) / FRAME_NS)
    const inside = ({ sequence }: Numbered) => sequence >= first && sequence < end
    const phaseNs = startNs + first * FRAME_NS - fromNs
    return {
      out: legTruth(this.#out.filter(inside)),
      back: legTruth(this.#back.filter(inside)),
      borderMs: Math.min(phaseNs, FRAME_NS - phaseNs) / 1e6,
    }
  }

  /** When sequence 0 would have come by, by the promptest packet of the window. */
  #startNs(fromNs: number, toNs: number): number {
    let least = Number.POSITIVE_INFINITY
    for (const { packet, sequence } of this.#out) {
      if (packet.inNs < fromNs || packet.inNs >= toNs) continue
      least = Math.min(least, packet.inNs - sequence * FRAME_NS)
    }
    return least
  }
}

/** Sequences in order of arrival, each taken nearest to the one before. */
function number(packets: readonly PacketTruth[]): readonly Numbered[] {
  let last = packets[0]?.rtp?.sequence ?? 0
  return packets.map((packet) => {
    const near = ((packet.rtp?.sequence ?? 0) - last) % WRAP
    const step = near > WRAP / 2 ? near - WRAP : near < -WRAP / 2 ? near + WRAP : near
    last += step
    return { packet, sequence: last }
  })
}

/**
 * Replies bear the reflector's own count, which is the order in which packets reached it: the one
 * in which they left the router, copies included.
 */
function repliesOf(out: readonly Numbered[], back: readonly PacketTruth[]): readonly Numbered[] {
  const departed = out
    .filter(({ packet }) => packet.outNs !== undefined)
    .sort((a, b) => (a.packet.outNs ?? 0) - (b.packet.outNs ?? 0))
  const reached = bySession(departed, ({ packet }) => packet)
  return [...bySession(back, (packet) => packet)].flatMap(([ssrc, replies]) => {
    const asked = reached.get((ssrc ^ REPLY_SSRC_BIT) >>> 0) ?? []
    return number(replies).flatMap(({ packet, sequence }) => {
      const question = asked[sequence]
      return question === undefined ? [] : [{ packet, sequence: question.sequence }]
    })
  })
}

function bySession<T>(
  list: readonly T[],
  packetOf: (one: T) => PacketTruth,
): ReadonlyMap<number, readonly T[]> {
  const sessions = new Map<number, T[]>()
  for (const one of list) {
    const ssrc = packetOf(one).rtp?.ssrc ?? 0
    const found = sessions.get(ssrc)
    if (found === undefined) sessions.set(ssrc, [one])
    else found.push(one)
  }
  return sessions
}

function legTruth(numbered: readonly Numbered[]): LegTruth {
  const packets = numbered.map(({ packet }) => packet)
  const originals = packets.filter(({ copy }) => !copy)
  const departed = packets
    .filter(({ outNs }) => outNs !== undefined)
    .sort((a, b) => (a.outNs ?? 0) - (b.outNs ?? 0))
  const delays = departed.map(({ inNs, outNs }) => ((outNs ?? 0) - inNs) / 1e6)
  return {
    sent: originals.length,
    lost: originals.filter(({ outNs }) => outNs === undefined).length,
    delayP95Ms: quantiles(delays).p95,
    jitterP95Ms: quantiles(runningJitter(delays)).p95,
    wrongMarks: departed.filter(({ dscpOut }) => dscpOut !== 46).length,
  }
}
