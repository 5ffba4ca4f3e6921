import type { Observation } from '../../../shared/record/kinds.ts'
import type { AgentRecord, RunPart } from '../../../shared/record/record.ts'
import { type Fare, pair, underLoad } from './qos-looks.ts'
import { type Change, lossOf, MINUTE, START, spread, stream } from './scenes.ts'

export const RUN = { capacity: '5e0c9a52-0000-4000-8000-000000000001' } as const
const QOS_RUN = '5e0c9a52-0000-4000-8000-000000000002'
const FAR_ENDS = ['primary', 'secondary'] as const

/** A run as a record carries it, of some seconds inside the first minute. */
export function runPart(change: Partial<RunPart> = {}): RunPart {
  return {
    ...{ id: RUN.capacity, kind: 'capacity', by: 'collector', outcome: 'done' },
    ...{ from: START + 1000, to: START + 40_000, part: 1, parts: 1 },
    ...change,
  }
}

/** Two and four calls offered to both far ends; at four of them `change` is what was seen. */
export function rampSteps(atFour: Change = {}, fromMs = START + 1000): Observation[] {
  return FAR_ENDS.flatMap((farEnd, n) =>
    [2, 4].map((calls, step) => {
      const from = fromMs + (2 * n + step) * 5000
      const change = calls === 4 ? atFour : {}
      return stream({ ramp: true, farEnd, calls, from, to: from + 4000, ...change })
    }),
  )
}

export const LOSSY: Change = { out: { loss: lossOf(300) } }

/** A look under load at both far ends: best effort waits on both legs, marked voice as `marked` says. */
export function looksUnderLoad(marked: Fare = { aboveMs: 1.2 }, fromMs = START): Observation[] {
  return FAR_ENDS.map((farEnd) => {
    const at = { change: { farEnd, from: fromMs, to: fromMs + MINUTE } }
    const loaded = pair({ ...marked, ...at }, { aboveMs: 90, ...at })
    const { out } = loaded.above
    const above = { out, back: { marked: out.marked, plain: spread(90) } }
    return underLoad({
      ...{ farEnd, from: fromMs, to: fromMs + MINUTE },
      before: pair(at, at, null),
      loaded: { ...loaded, above },
    })
  })
}

/** A record that a world's minute becomes: the run instead of the minute's voice. */
export function asRun(
  record: AgentRecord,
  kind: 'capacity' | 'qos',
  observations: readonly Observation[],
): AgentRecord {
  const { clock: _clock, evidence: _evidence, ...rest } = record
  const { from, to } = record.window
  const id = kind === 'qos' ? QOS_RUN : RUN.capacity
  const run = runPart({ id, kind, from, to })
  return { ...rest, observations: [...observations], run }
}
