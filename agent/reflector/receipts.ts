import {
  CLOCK_ADJTIMEX,
  CLOCK_SYNCHRONISED,
  EGRESS_PROOFS,
  LAST_DWELLS,
  OVERFLOWS_UNKNOWN,
  type Receipt,
  type ReceiptRequest,
} from '../../shared/wire/receipt.ts'
import type { Capabilities, HostClockState } from '../engine/types.ts'
import type { Session } from './session.ts'

/** What the reflector says of itself with every receipt. */
export interface ReflectorStanding {
  readonly capabilities: Capabilities
  readonly clock: HostClockState
  readonly clockSteps: number
  readonly receiveOverflows: number
  /** Marks whose departure was watched. */
  readonly watchedTos: ReadonlySet<number>
}

/** Counts, bitmap and standing for one range of one stream; reading it changes nothing. */
export function receiptOf(
  session: Session,
  request: ReceiptRequest,
  standing: ReflectorStanding,
): Receipt {
  const { stream, firstSequence, count } = request
  const { clock, capabilities } = standing
  const made = session.replies(stream)
  return {
    ...request,
    ...session.range(stream, firstSequence, count),
    capabilities,
    clockFlags:
      (clock.synchronised ? CLOCK_SYNCHRONISED : 0) |
      (clock.source === 'adjtimex' ? CLOCK_ADJTIMEX : 0),
    clockMaxErrorNs: clock.maxErrorNs ?? Number.NaN,
    clockSteps: standing.clockSteps,
    egressTos: capabilities.setTos ? session.identity.tos : 0,
    egressProof: EGRESS_PROOFS.indexOf(proofOf(session.identity.tos, standing)),
    receiveOverflows: standing.receiveOverflows < 0 ? OVERFLOWS_UNKNOWN : standing.receiveOverflows,
    replySequenceNext: made,
    lastDwells: Array.from({ length: LAST_DWELLS }, (_, i) => session.dwell(stream, made - 1 - i)),
  }
}

function proofOf(tos: number, standing: ReflectorStanding): (typeof EGRESS_PROOFS)[number] {
  if (standing.watchedTos.has(tos)) return 'watched'
  return standing.capabilities.setTos ? 'socket-option' : 'none'
}
