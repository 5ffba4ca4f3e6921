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
 * The packets of voip-ready's calls to one reflector, in order of arrival at the router. What else
 * looks like RTP on that port (path tracing does, on purpose) has an SSRC that no reply bears.
 */
export function sessionPackets(
  truth: Truth,
  flow: SessionPackets,
): Readonly<Record<Leg, readonly PacketTruth[]>> {
  const back = truth.select({ ...flow, leg: 'back' })
  const sessions = new Set(back.map(({ rtp }) => ((rtp?.ssrc ?? 0) ^ REPLY_SSRC_BIT) >>> 0))
  const out = truth.select({ ...flow, leg: 'out' })
  return { out: out.filter(({ rtp }) => sessions.has(rtp?.ssrc ?? 0)), back }
}
