import type { Leg } from './router/impairment.ts'
import type { PacketTruth } from './router/truth-log.ts'
import type { Truth } from './truth.ts'

/** A reply bears the SSRC of its question with this bit set. */
export const REPLY_SSRC_BIT = 0x80000000

export interface SessionPackets {
  /** Of the reflector. */
  readonly port: number
  /** Wall clock, milliseconds since 1970. */
  readonly fromMs?: number
}

/**
 * The packets of voip-ready's calls to one reflector, in order of arrival at the router. Path tracing
 * looks like a call on purpose and has a session of its own; packets that ran out of hops tell it.
 */
export function sessionPackets(
  truth: Truth,
  flow: SessionPackets,
): Readonly<Record<Leg, readonly PacketTruth[]>> {
  const out = truth.select({ ...flow, leg: 'out' })
  const traces = new Set(out.filter(({ fate }) => fate === 'ttl').map(ssrcOf))
  const back = truth.select({ ...flow, leg: 'back' })
  return {
    out: out.filter((packet) => !traces.has(ssrcOf(packet))),
    back: back.filter((packet) => !traces.has((ssrcOf(packet) ^ REPLY_SSRC_BIT) >>> 0)),
  }
}

function ssrcOf({ rtp }: PacketTruth): number {
  return rtp?.ssrc ?? 0
}
