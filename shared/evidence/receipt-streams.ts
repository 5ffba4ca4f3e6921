import type { StreamObservation } from '../record/observation.ts'
import type { QosLoad, QosObservation } from '../record/qos.ts'
import type { ReceiptStatement, StreamEvidence } from '../record/receipt.ts'
import type { AgentRecord } from '../record/record.ts'
import {
  compareLoad,
  compareReceipts,
  compareStep,
  type Disagreement,
  sumsDiffer,
  uncounted,
} from './receipt-check.ts'

/** One stream of a record, or the load of a look, against what a reflector signed of it. */
export interface HeldReceipt {
  readonly stream: StreamObservation | QosLoad
  readonly disagreements: readonly Disagreement[]
  /** Packets that no receipt counts. */
  readonly uncounted: number
}

/** How many streams of a record a reflector may have signed for, the load of looks among them. */
export function streamsOfRecord({ observations }: Pick<AgentRecord, 'observations'>): number {
  let streams = 0
  for (const seen of observations) {
    if (seen.kind === 'stream') streams += 1
    else if (seen.kind === 'qos')
      for (const pair of [seen.before, seen.loaded])
        if (pair !== null) streams += pair.load === null ? 2 : 3
  }
  return streams
}

/**
 * What the reflector signed against what the agent says of the same stream. Null: the evidence is of
 * no stream of this record, or of two.
 */
export function holdReceipt(
  { observations, run }: Pick<AgentRecord, 'observations' | 'run'>,
  evidence: StreamEvidence,
  statements: readonly ReceiptStatement[],
): HeldReceipt | null {
  if (evidence.qos !== undefined) {
    const looks = observations.filter((seen) => seen.kind === 'qos')
    const [look, other] = looks.filter(({ farEnd }) => farEnd === evidence.farEnd)
    return look === undefined || other !== undefined
      ? null
      : holdLook(look, evidence.qos, evidence.from, statements)
  }
  const [stream, other] = observations.filter(
    (seen): seen is StreamObservation =>
      seen.kind === 'stream' &&
      seen.farEnd === evidence.farEnd &&
      seen.segment === evidence.segment &&
      seen.from === evidence.from,
  )
  if (stream === undefined || other !== undefined) return null
  // The session of a run was opened for it: what a reflector says must be of all of it.
  const ofRun = run !== undefined || stream.ramp === true
  return held(stream, statements, ofRun ? compareStep : compareReceipts)
}

/** With what the agent itself found contradictory, or says so: the counts that are signed may agree. */
function held(
  stream: StreamObservation,
  statements: readonly ReceiptStatement[],
  compare: typeof compareReceipts,
): HeldReceipt {
  const { contradictedReceipts: agent = 0 } = stream
  const own: Disagreement[] = agent === 0 ? [] : [{ what: 'receipts', agent, reflector: 0 }]
  return {
    stream,
    disagreements: [...own, ...sumsDiffer(stream), ...compare(stream, statements)],
    uncounted: uncounted(stream, statements),
  }
}

function holdLook(
  { before, loaded }: QosObservation,
  part: NonNullable<StreamEvidence['qos']>,
  from: number,
  statements: readonly ReceiptStatement[],
): HeldReceipt | null {
  if (part === 'load') {
    if (loaded?.load == null) return null
    const whole = [loaded.marked, loaded.plain].every(({ gaps }) => gaps.length === 0)
    const disagreements = compareLoad(loaded.load, statements, whole)
    return { stream: loaded.load, disagreements, uncounted: 0 }
  }
  const stream = {
    'before-marked': before.marked,
    'before-plain': before.plain,
    'loaded-marked': loaded?.marked,
    'loaded-plain': loaded?.plain,
  }[part]
  if (stream === undefined || stream.from !== from) return null
  return held(stream, statements, compareStep)
}
