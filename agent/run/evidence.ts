import type { StreamEvidence } from '../../shared/record/receipt.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import type { ClosedWindow } from '../stream/types.ts'

/** What goes into a record beside the observation of one window. */
export interface Beside {
  readonly evidence: StreamEvidence
  readonly clock: NonNullable<AgentRecord['clock']>
}

/** The reflector's receipts of a window, the agent's clocks over it, and the digest of its raw rows. */
export function besideOf(window: ClosedWindow, rows: StreamEvidence['rows']): Beside {
  const { monotonic, agentClock } = window
  const { synchronised, maxErrorNs, source } = agentClock
  return {
    evidence: evidenceOf(window, rows),
    clock: {
      ...{ monotonicFromMs: monotonic.fromMs, monotonicToMs: monotonic.toMs },
      ...{ synchronised, source, maxErrorMs: maxErrorNs === null ? null : maxErrorNs / 1e6 },
    },
  }
}

/** The reflector's receipts of a window, or why there are none, and the digest of its raw rows. */
export function evidenceOf(
  { target, from, to, evidence }: ClosedWindow,
  rows: StreamEvidence['rows'],
): StreamEvidence {
  return {
    farEnd: target.farEnd,
    ...(target.segment === undefined ? {} : { segment: target.segment }),
    ...{ from, to, rows },
    receipts: [...evidence.receipts],
    oneSided: evidence.oneSided,
  }
}
