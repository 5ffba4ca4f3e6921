import type { Profile } from '../profile/schema.ts'
import { SESSION_LOST, type StreamObservation } from '../record/observation.ts'
import { delayJudge } from './delay.ts'
import { jitterJudge } from './jitter.ts'
import type { MergedJudge } from './leg-judge.ts'
import { lossJudge } from './loss.ts'
import type { LegName, Ruling } from './ruling.ts'
import { merged } from './scene.ts'
import { ruleSeen } from './stream-line.ts'

/** The line that decided about some windows, and what it said. */
export interface Held {
  readonly id: string
  readonly ruling: Ruling
}

/** What was found at one number of calls; `worst` is null where delay, jitter and loss all held. */
export interface CapacityStep {
  readonly calls: number
  readonly worst: Held | null
}

/** What a ramp of calls says of one leg. */
export interface LegCapacity {
  /** By number of calls, the fewest first. */
  readonly steps: readonly CapacityStep[]
  /** The most calls that held, none fewer having failed; null when none did. */
  readonly sustained: number | null
  /** The fewest calls at which a limit broke. */
  readonly broke: CapacityStep | null
  /** The fewest calls beyond the sustained ones, and before the break, that decided nothing. */
  readonly undecided: CapacityStep | null
}

/** Holds every number of calls that was offered against the limits on delay, jitter and loss. */
export function capacityOf(
  profile: Profile,
  windows: readonly StreamObservation[],
  leg: LegName,
): LegCapacity {
  const numbers = [...new Set(windows.map((o) => o.calls))].sort((a, b) => a - b)
  const steps = numbers.map((calls) => {
    const load = windows.filter((o) => o.calls === calls)
    return { calls, worst: worstHeld(profile, load, leg) ?? silent(profile, load) }
  })
  const broke = steps.find(({ worst }) => worst?.ruling.verdict === 'fail') ?? null
  const before = steps.filter(({ calls }) => calls < (broke?.calls ?? Number.POSITIVE_INFINITY))
  const sustained = before.filter(({ worst }) => worst === null).at(-1)?.calls ?? null
  const undecided = before.find(({ calls }) => calls > (sustained ?? 0)) ?? null
  return { steps, sustained, broke, undecided }
}

/**
 * The worst of delay, jitter and loss in these windows; null when all of them held.
 * @param seen the windows as one, for whoever has merged them already
 */
export function worstHeld(
  profile: Profile,
  windows: readonly StreamObservation[],
  leg: LegName,
  seen: StreamObservation | null = merged(windows),
): Held | null {
  const farEnd = { heard: windows, seen }
  const held = limitJudges(profile).map(({ id, judge }) => ({
    id,
    ruling: ruleSeen(judge, farEnd, leg),
  }))
  if (held.length === 0) {
    return { id: 'no limit', ruling: { verdict: 'inconclusive', reason: 'probe-not-run' } }
  }
  return (
    held.find(({ ruling }) => ruling.verdict === 'fail') ??
    held.find(({ ruling }) => ruling.verdict !== 'pass') ??
    null
  )
}

/** Causes of gaps in which the far end said nothing while calls were offered to it. */
const SILENCES: ReadonlySet<string> = new Set([...SESSION_LOST, 'refused'])

/**
 * Whether the far end fell silent while a load was offered. What went out meanwhile is counted as no
 * loss, for nobody can say whether the load took the way down or the far end went; so it held nothing.
 */
export function fellSilent({ gaps }: Pick<StreamObservation, 'gaps'>): boolean {
  return gaps.some(({ cause }) => SILENCES.has(cause))
}

function silent(profile: Profile, load: readonly StreamObservation[]): Held | null {
  if (!load.some((o) => o.ramp === true && fellSilent(o))) return null
  const id = profile.requirements.find(({ kind }) => kind === 'segment-loss')?.id ?? 'no limit'
  const detail = 'the far end fell silent while they were offered'
  return { id, ruling: { verdict: 'inconclusive', reason: 'no-reply', detail } }
}

function limitJudges(
  profile: Profile,
): readonly { readonly id: string; readonly judge: MergedJudge }[] {
  const { minimumPackets } = profile.judging
  return profile.requirements.flatMap((line) => {
    if (line.kind === 'one-way-delay')
      return [{ id: line.id, judge: delayJudge(line, minimumPackets) }]
    if (line.kind === 'jitter') return [{ id: line.id, judge: jitterJudge(line, minimumPackets) }]
    if (line.kind === 'segment-loss')
      return [{ id: line.id, judge: lossJudge(line, minimumPackets) }]
    return []
  })
}
