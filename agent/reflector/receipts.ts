import {
  CLOCK_ADJTIMEX,
  CLOCK_SYNCHRONISED,
  EGRESS_PROOFS,
  FORGOTTEN,
  LAST_DWELLS,
  OVERFLOWS_UNKNOWN,
  type Receipt,
  type ReceiptRequest,
  TELLS_FORGOTTEN,
} from '../../shared/wire/receipt.ts'
import type { Capabilities, HostClockState } from '../engine/types.ts'
import type { Session } from './session.ts'

/** What the reflector says of itself with every receipt. */
export interface ReflectorStanding {
  readonly capabilities: Capabilities
  readonly clock: HostClockState
  /** Since the reflector started; receipts tell what came since their session opened. */
  readonly clockSteps: number
  /** Likewise; -1 where the engine cannot know. */
  readonly receiveOverflows: number
}

/** Instead of counts: what came is not known, which is not the same as nothing. */
const NOT_KNOWN = {
  ...{ received: FORGOTTEN, duplicates: 0, reordered: 0, replied: 0 },
  receivedBitmap: new Uint8Array(0),
}

/** Counts, bitmap and standing for one range of one stream; reading it changes nothing. */
export function receiptOf(
  session: Session,
  request: ReceiptRequest,
  standing: ReflectorStanding,
): Receipt {
  const { stream, firstSequence, count } = request
  const { clock, capabilities } = standing
  const { before } = session.identity
  const made = session.replies(stream)
  const known = session.remembers(stream, firstSequence)
  return {
    ...request,
    ...(known ? session.range(stream, firstSequence, count) : NOT_KNOWN),
    capabilities,
    clockFlags:
      (clock.synchronised ? CLOCK_SYNCHRONISED : 0) |
      (clock.source === 'adjtimex' ? CLOCK_ADJTIMEX : 0) |
      TELLS_FORGOTTEN,
    clockMaxErrorNs: clock.maxErrorNs ?? Number.NaN,
    clockSteps: standing.clockSteps - before.clockSteps,
    ...egressOf(session, capabilities),
    receiveOverflows:
      standing.receiveOverflows < 0
        ? OVERFLOWS_UNKNOWN
        : standing.receiveOverflows - before.receiveOverflows,
    replySequenceNext: made,
    lastDwells: Array.from({ length: LAST_DWELLS }, (_, i) => session.dwell(stream, made - 1 - i)),
  }
}

/** The mark on departing replies, and how it is known. */
function egressOf(
  { egress, identity }: Session,
  { setTos }: Capabilities,
): { readonly egressTos: number; readonly egressProof: number } {
  const proof = (name: (typeof EGRESS_PROOFS)[number]) => EGRESS_PROOFS.indexOf(name)
  if (typeof egress === 'number') return { egressTos: egress, egressProof: proof('watched') }
  if (!setTos) return { egressTos: 0, egressProof: proof('none') }
  return { egressTos: identity.tos, egressProof: proof('socket-option') }
}
