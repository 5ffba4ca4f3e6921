import { mergeStreamObservations } from '../measure/merge.ts'
import { joinedByCause } from '../measure/merge-gaps.ts'
import type { Profile, Requirement } from '../profile/schema.ts'
import type { FarEndName, Site } from '../profile/site.ts'
import { type Observation, rampsOf, streamsOf } from '../record/kinds.ts'
import type { StreamObservation } from '../record/observation.ts'
import { absence } from './absence.ts'
import {
  belongsTo,
  gapsOf,
  type Hole,
  holesIn,
  holesText,
  NO_RECORD,
  SEAM_MS,
  stretchesOf,
  tooLong,
  wasHeard,
} from './coverage.ts'
import { shareReflector, toldApart } from './far-ends-apart.ts'
import { voidFaultyClocks } from './faulty-clocks.ts'
import { joinDetail, type Ruling } from './ruling.ts'

/** Everything a judge may look at, cut to the judged time and sorted by far end. */
export interface Scene {
  readonly profile: Profile
  readonly site: Site | null
  /** The judged time, milliseconds since 1970. */
  readonly from: number
  readonly to: number
  readonly farEnds: { readonly [F in FarEndName]: FarEndScene }
  /** The steps of capacity runs to each far end; null where there was none. */
  readonly ramps: { readonly [F in FarEndName]: FarEndScene | null }
  /**
   * Each observation once. Voice is cut to the judged time; what other probes and runs of load saw is
   * not, since it holds until they look again: who judges hands in what still holds.
   */
  readonly observations: readonly Observation[]
}

export interface FarEndScene {
  readonly name: FarEndName
  /** Windows of voice streams in which the far end was heard. */
  readonly heard: readonly StreamObservation[]
  /** Those windows as one; null when there is none. */
  readonly seen: StreamObservation | null
  /** Why there is nothing to judge; null when there is. */
  readonly absent: Ruling | null
  /** Holes long enough to deny a pass. */
  readonly denied: boolean
  /** Holes and gaps in words, for the detail of every finding. */
  readonly holes: string
  /** Why this far end carries no voice under the model; null when it does. */
  readonly voiceless: string | null
  /** One reflector answered here and at the other far end. */
  readonly answeredForBoth: boolean
}

/**
 * Sorts observations for judging: each belongs to one period, so that neighbouring ones never count
 * it twice. Only streams with the profile's own mark are voice; others (best effort, for comparison)
 * decide nothing here.
 */
export function sceneOf(input: {
  readonly profile: Profile
  readonly site: Site | null
  readonly observations: readonly Observation[]
  readonly from: number
  readonly to: number
}): Scene {
  const { profile, site, from, to } = input
  const inside = distinct(input.observations).filter(
    (o) => o.kind !== 'stream' || o.ramp === true || belongsTo(o, { from, to }),
  )
  const farEnd = (name: FarEndName) =>
    farEndScene(
      { profile, site, from, to },
      name,
      streamsOf(inside).filter((o) => o.farEnd === name),
    )
  const farEnds = toldApart({ primary: farEnd('primary'), secondary: farEnd('secondary') })
  const ramp = (name: FarEndName) => rampScene({ profile, site, from, to }, farEnds[name], inside)
  const ramps = rampsApart(farEnds, { primary: ramp('primary'), secondary: ramp('secondary') })
  return { profile, site, from, to, farEnds, ramps, observations: inside }
}

/**
 * Capacity is found at the time of its steps, whatever else the judged time holds: only what was not
 * seen inside a step is a hole, and a step in which nothing came back still tells something. Steps
 * from before the judged time say so; silence in that time is not answered by them, nor is a part of
 * it that was not seen.
 */
function rampScene(
  { profile, site, from, to }: Pick<Scene, 'profile' | 'site' | 'from' | 'to'>,
  { name, heard, denied, answeredForBoth }: FarEndScene,
  inside: readonly Observation[],
): FarEndScene | null {
  const steps = rampsOf(inside).filter((o) => o.farEnd === name && o.dscp === profile.media.dscp)
  const [first] = steps
  if (first === undefined) return null
  const now = steps.some((o) => touchesTime(o, { from, to }))
  if (!now && heard.length === 0) return null
  const gaps = gapsOf(steps)
  const windowMs = profile.judging.windowSeconds * 1000
  const length = steps.reduce((sum, o) => sum + o.to - o.from, 0)
  return {
    ...{ name, heard: steps, seen: merged(steps), absent: null, answeredForBoth },
    denied: tooLong(gaps, length, windowMs) || (!now && denied),
    holes: joinDetail(now ? '' : lookedAtText(first.from), holesText(gaps)),
    voiceless: whyVoiceless(profile, site, name, steps),
  }
}

/** Steps, and the voice of the time that is judged by them: what one reflector answered of both says nothing of two. */
function rampsApart(
  { primary, secondary }: Scene['farEnds'],
  ramps: Scene['ramps'],
): Scene['ramps'] {
  const all = (voice: FarEndScene, ramp: FarEndScene | null) => [
    ...voice.heard,
    ...(ramp?.heard ?? []),
  ]
  const shared = shareReflector(all(primary, ramps.primary), all(secondary, ramps.secondary))
  if (!shared) return ramps
  const told = (ramp: FarEndScene | null) => ramp && { ...ramp, answeredForBoth: true }
  return { primary: told(ramps.primary), secondary: told(ramps.secondary) }
}

/** Whether something was seen, at least in part, in the judged time. */
export function touchesTime(
  seen: { readonly from: number; readonly to: number },
  { from, to }: Pick<Scene, 'from' | 'to'>,
): boolean {
  return seen.to > from && seen.from < to
}

/** When what still holds was found out, for the detail of a finding. */
export function lookedAtText(ms: number): string {
  return `found by the run of ${new Date(ms).toISOString().slice(0, 16)}Z`
}

/** Delivery is at least once: a window that came twice is counted once. */
function distinct(observations: readonly Observation[]): readonly Observation[] {
  const sameTime = new Map<string, Observation[]>()
  return observations.filter((o) => {
    const key = `${o.kind} ${o.farEnd} ${o.from} ${o.to}`
    const others = sameTime.get(key) ?? []
    sameTime.set(key, [...others, o])
    // Spelling out is dear, and two windows of one time are rare.
    const spelled = others.length === 0 ? '' : JSON.stringify(o)
    return !others.some((other) => JSON.stringify(other) === spelled)
  })
}

/** The far ends at which a line must hold. */
export function farEndsOf(line: Requirement): readonly FarEndName[] {
  if (line.farEnds === 'none') return []
  return line.farEnds === 'primary' ? ['primary'] : ['primary', 'secondary']
}

/** All windows as one; null when there is none. */
export function merged(observations: readonly StreamObservation[]): StreamObservation | null {
  return mergeStreamObservations(observations.map(voidFaultyClocks))
}

function farEndScene(
  scope: {
    readonly profile: Profile
    readonly site: Site | null
    readonly from: number
    readonly to: number
  },
  name: FarEndName,
  all: readonly StreamObservation[],
): Omit<FarEndScene, 'answeredForBoth'> {
  const { profile, site, from, to } = scope
  const voice = all.filter((o) => o.dscp === profile.media.dscp)
  const heard = voice.filter(wasHeard)
  const holes = holesIn(voice, from, to)
  const windowMs = profile.judging.windowSeconds * 1000
  return {
    name,
    heard,
    seen: merged(heard),
    absent: heard.length > 0 ? null : absence(scope, name, all, voice),
    denied: tooLong(stretchesOf(holes), to - from, windowMs),
    holes: holesText(namedHoles(holes, gapsOf(voice), windowMs)),
    voiceless: whyVoiceless(profile, site, name, voice),
  }
}

/** Holes worth naming: the long ones, whatever gap has a cause of its own, and what nothing tells of. */
function namedHoles(
  holes: readonly Hole[],
  gaps: readonly Hole[],
  windowMs: number,
): readonly Hole[] {
  const long = stretchesOf(holes).filter((one) => one.to - one.from >= windowMs)
  const inLong = ({ from, to }: Hole) => long.some((one) => one.from <= from && one.to >= to)
  const nameless = holes.filter((one) => one.cause === NO_RECORD && one.to - one.from >= SEAM_MS)
  const others = [...gaps, ...nameless].filter((one) => !inLong(one))
  return joinedByCause([...holes.filter(inLong), ...others])
}

/**
 * Voice stays between site points under LCM, so a stream to a data centre says nothing of it; under
 * RCM it is the other way round. Remote-access VPN circuits carry no voice under either.
 */
function whyVoiceless(
  profile: Profile,
  site: Site | null,
  name: FarEndName,
  voice: readonly StreamObservation[],
): string | null {
  const configured = site?.farEnds[name]
  const at = configured?.at ?? 'data-centre'
  if (profile.voice.between === 'site-site' && at !== 'site') {
    return `voice stays between site points; name one with farEnds.${name}.at: site`
  }
  if (profile.voice.between === 'site-dc' && at === 'site') {
    return 'voice runs to the data centres, and this far end is a site point'
  }
  const path = configured?.path ?? voice[0]?.path
  return path === 'RVA' ? RVA_CARRIES_NONE : null
}

const RVA_CARRIES_NONE =
  'a remote-access circuit (RVA) carries no voice: measure it over the MPLS circuit'
