import type { Observation } from '../../shared/record/kinds.ts'
import type { Probe, ProbeContext } from './types.ts'

/** No probe may hold up a run for longer; its own bounds are far below. */
const LONGEST_MS = 150_000
const LONGEST_GENTLE_MS = 900_000

export interface StageParts {
  readonly context: Omit<ProbeContext, 'earlier' | 'progress'>
  /** What was seen before these stages. */
  readonly earlier: readonly Observation[]
  readonly progress: (probe: Probe['name'], text: string) => void
  /** A probe ended by a defect of its own: its lines stay untested, the others go on. */
  readonly onDefect: (probe: Probe['name'], error: unknown) => void
  readonly stop: AbortSignal
}

/** Runs stages one after the other, and the probes of a stage together; returns all they saw. */
export async function runStages(
  stages: readonly (readonly Probe[])[],
  parts: StageParts,
): Promise<readonly Observation[]> {
  const seen: Observation[] = []
  for (const stage of stages) {
    if (parts.stop.aborted) break
    const earlier = [...parts.earlier, ...seen]
    const found = await Promise.all(stage.map((probe) => runOne(probe, parts, earlier)))
    seen.push(...found.flat())
  }
  return seen
}

async function runOne(
  probe: Probe,
  parts: StageParts,
  earlier: readonly Observation[],
): Promise<readonly Observation[]> {
  const limit = new AbortController()
  const longestMs = parts.context.gentle === true ? LONGEST_GENTLE_MS : LONGEST_MS
  const timer = setTimeout(() => limit.abort(), longestMs)
  const signal = AbortSignal.any([parts.stop, limit.signal])
  const progress = (text: string) => parts.progress(probe.name, text)
  try {
    return await probe.run({ ...parts.context, earlier, progress }, signal)
  } catch (error) {
    parts.onDefect(probe.name, error)
    return []
  } finally {
    clearTimeout(timer)
  }
}
