import type { Cookies } from '../../shared/wire/cookies.ts'
import { probeBackCookie } from '../../shared/wire/probe.ts'
import { CODECS, RTP_HEADER, rtpSsrc } from '../../shared/wire/rtp.ts'
import { REPLY_SSRC_BIT } from '../../shared/wire/session-open.ts'
import type { Arrival } from '../engine/types.ts'
import type { StreamTarget } from './types.ts'

/** What tells the packets of a session. */
export interface StreamSession {
  readonly ssrcBase: number
  readonly cookies: Cookies
}

/** The call that an RTP packet answers; -1 where size, SSRC or cookie are not this session's. */
export function callOf(
  { view, offset, length }: Arrival,
  target: StreamTarget,
  { ssrcBase, cookies }: StreamSession,
): number {
  if (length !== RTP_HEADER + CODECS[target.codec].payloadBytes) return -1
  const call = (rtpSsrc(view, offset) ^ REPLY_SSRC_BIT) - ssrcBase
  if (call < 0 || call >= target.calls) return -1
  return probeBackCookie(view, offset + RTP_HEADER) === cookies.back ? call : -1
}
