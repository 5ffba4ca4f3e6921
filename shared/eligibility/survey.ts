import { type Time, touching } from '../intervals.ts'
import type { FarEndName } from '../profile/site.ts'
import type { StreamObservation } from '../record/observation.ts'
import type { PathObservation } from '../record/path.ts'
import { type Hole, holesIn, type Watched, wasHeard } from '../verdict/coverage.ts'
import { disturbanceText } from '../verdict/instrument.ts'
import type { Evidence } from './evidence.ts'
import type { Scope } from './scope.ts'

export interface FarEndSurvey {
  /** Time in which the data centre was heard, without the gaps that windows name; in order. */
  readonly heard: readonly Time[]
  /** Time in which it was not, with the cause that the windows give. */
  readonly holes: readonly Hole[]
  /** Windows in which it was heard, and lost voice packets in one long row; in order. */
  readonly breaks: readonly Break[]
  /** Gaps at whose end the reflector said that it had been started anew. */
  readonly restarts: readonly Time[]
}

/** So long no voice came, somewhere in this window: counts do not tell where. */
export interface Break extends Time {
  readonly lostMs: number
}

/** Silence shorter than this is a seam or a lost window, and no outage. */
export const SHORT_MS = 5000

/** What one reading of all observations of a scope gives, besides findings. */
export interface Survey {
  readonly farEnds: { readonly [F in FarEndName]: FarEndSurvey }
  /** Traces, oldest first. */
  readonly paths: readonly PathObservation[]
  readonly windows: number
  readonly disturbed: number
  readonly worstStallMs: number
  /** Windows whose stamps contradicted each other, or in which a clock stepped. */
  readonly faultyClocks: number
}

/** Reads every observation of the scope once. */
export function surveyOf({ records, profiles }: Evidence, scope: Scope): Survey {
  const windows: { [F in FarEndName]: Map<string, Shortened> } = {
    primary: new Map(),
    secondary: new Map(),
  }
  const paths = new Map<string, PathObservation>()
  const counts = { windows: 0, disturbed: 0, worstStallMs: 0, faultyClocks: 0 }
  for (const seen of records) {
    // What was asked for is of no minute, and its load is not the voice in question.
    if (seen.record.run !== undefined || !touching(seen.record.window, scope.span)) continue
    const dscp = profiles.get(seen.record.profile.sha256)?.media.dscp
    for (const one of seen.observations()) {
      const key = `${seen.record.agent} ${one.farEnd} ${one.from} ${one.to}`
      if (one.kind === 'path') paths.set(key, one)
      if (one.kind !== 'stream' || one.segment !== undefined) continue
      if (dscp !== undefined && one.dscp !== dscp) continue
      if (windows[one.farEnd].has(key)) continue
      windows[one.farEnd].set(key, shortened(one))
      count(counts, one)
    }
  }
  return {
    farEnds: {
      primary: farEndSurvey([...windows.primary.values()], scope),
      secondary: farEndSurvey([...windows.secondary.values()], scope),
    },
    paths: [...paths.values()].sort((a, b) => a.to - b.to),
    ...counts,
  }
}

type Shortened = Watched & Pick<Break, 'lostMs'>

/** Only what coverage asks of a window: a week of whole ones is too much to hold. */
function shortened(one: StreamObservation): Shortened {
  const { from, to, gaps, attribution, instrument, legs, calls, ptimeMs } = one
  const { sent, scheduled } = instrument
  const received = (leg: 'out' | 'back') => ({ loss: { received: legs[leg].loss.received } })
  const runs = [legs.out, legs.back].map(({ loss }) => loss.bursts?.longestRun ?? 0)
  return {
    ...{ from, to, gaps, attribution, calls, ptimeMs, instrument: { sent, scheduled } },
    lostMs: Math.max(...runs) * ptimeMs,
    legs: { out: received('out'), back: received('back') },
  }
}

function count(
  counts: { -readonly [K in 'windows' | 'disturbed' | 'worstStallMs' | 'faultyClocks']: number },
  one: StreamObservation,
): void {
  counts.windows += 1
  if (disturbanceText([one]) !== 'instrument: ') counts.disturbed += 1
  counts.worstStallMs = Math.max(counts.worstStallMs, one.instrument.worstStallMs)
  if (one.clocks.fault !== null || one.clocks.agent.steps > 0) counts.faultyClocks += 1
}

function farEndSurvey(windows: readonly Shortened[], scope: Scope): FarEndSurvey {
  const sorted = [...windows].sort((a, b) => a.from - b.from)
  const holes = cutAtPhases(holesIn(sorted, scope.span.from, scope.span.to), scope)
  const restarts = sorted
    .flatMap(({ gaps }) => gaps)
    .filter(({ cause }) => cause === 'reflector-restart')
  const breaks = sorted.filter((one) => wasHeard(one) && one.lostMs >= SHORT_MS)
  return { heard: between(holes, scope.span), holes, breaks, restarts }
}

/** A hole is told for each phase apart: before onset it is another matter than during the outage. */
function cutAtPhases(holes: readonly Hole[], { outage, span }: Scope): Hole[] {
  const borders = [outage.from, outage.to].filter((at) => at > span.from && at < span.to)
  return holes.flatMap((hole) => {
    const inside = borders.filter((at) => at > hole.from && at < hole.to)
    const edges = [hole.from, ...inside, hole.to]
    return edges
      .slice(1)
      .map((to, at) => ({ from: edges[at] ?? hole.from, to, cause: hole.cause }))
      .filter((part) => part.to > part.from)
  })
}

function between(holes: readonly Time[], { from, to }: Time): Time[] {
  const heard: Time[] = []
  let at = from
  for (const hole of [...holes, { from: to, to }]) {
    if (hole.from > at) heard.push({ from: at, to: hole.from })
    at = Math.max(at, hole.to)
  }
  return heard
}
