import type { Engine } from '../engine/types.ts'
import type { EgressProof } from './egress-proof.ts'
import type { ClosedWindow, StreamTarget } from './types.ts'
import type { WindowBody } from './window-body.ts'

/** Puts a drained window together with what the run and the engine know; borders in ms since 1970. */
export function closedWindow(
  engine: Engine,
  target: StreamTarget,
  egress: EgressProof,
  { streams, reflector, reflectorBoot, instrument, agentClock, evidence, monotonic }: WindowBody,
  span: Pick<ClosedWindow, 'from' | 'to' | 'gaps' | 'answeredFrom'>,
): ClosedWindow {
  return {
    target,
    ...span,
    streams,
    capabilities: engine.capabilities,
    instrument,
    agentClock: agentClock ?? engine.hostClock(),
    agentClockSteps: instrument.wallSteps,
    egressTos: egress.tos,
    egressProof: egress.proof,
    ...{ reflector, reflectorBoot, evidence, monotonic },
  }
}
