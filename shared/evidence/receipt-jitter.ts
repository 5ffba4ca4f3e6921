import { signedJitter } from '../measure/signed-jitter.ts'
import type { Jitter, StreamObservation } from '../record/observation.ts'
import type { ReceiptStatement } from '../record/receipt.ts'

/**
 * Both sides reckon jitter from the stamps inside the packets: of the same packets it is the same. An
 * agent takes over what is signed, of all that arrived. Where an early reflector did not count its samples
 * against limits the agent has its own reckoning, of what was answered: fewer packets, or other arrivals.
 */
export const JITTER_TOLERANCE = { sameMs: 0.001, ms: 5, share: 0.25, unanswered: 0.01 } as const
const FIGURES = ['p50', 'p95', 'p99', 'max'] as const
const SIGNED = [...FIGURES, 'n', 'min'] as const

type Different = readonly [agent: number, reflector: number]

/**
 * The first figure of jitter out that an agent and a statement on all that was scheduled say differently,
 * by both. Two parts are not held.
 */
export function jitterDiffers(
  { stampedJitter: agent, legs, instrument }: StreamObservation,
  statements: readonly ReceiptStatement[],
): Different | null {
  if (agent == null) return null
  const signed = signedJitter(agent, statements, instrument.scheduled)
  if (signed === null) return differsFromEarly(agent, statements, legs.out.loss.duplicated > 0)
  const { sameMs } = JITTER_TOLERANCE
  const pairs: Different[] = [
    ...SIGNED.map((figure) => [agent.running[figure], signed.running[figure]] as const),
    [agent.n, signed.n],
    [agent.reachesLimit, signed.reachesLimit],
    [meanOf(agent), meanOf(signed)],
  ]
  return pairs.find(([here, there]) => Math.abs(here - there) > sameMs) ?? null
}

const meanOf = ({ n, running }: Jitter) => running.sum / n

function differsFromEarly(
  agent: Jitter,
  [statement, ...others]: readonly ReceiptStatement[],
  copied: boolean,
): Different | null {
  // Two parts, or many packets known to one side only, are not the same samples.
  if (statement?.jitter == null || others.length > 0) return null
  const { sameMs, ms, share, unanswered } = JITTER_TOLERANCE
  const { jitter } = statement
  if (jitter.n - agent.n > unanswered * jitter.n) return null
  const same = jitter.n === agent.n && !copied
  const figures = same ? FIGURES : (['p95'] as const)
  const pairs = figures.map((figure): Different => [agent.running[figure], jitter[figure]])
  const allowed = (pair: Different) => (same ? sameMs : ms + share * Math.max(...pair))
  return pairs.find((pair) => Math.abs(pair[0] - pair[1]) > allowed(pair)) ?? null
}
