import type { DamageBook } from '../eligibility/damage.ts'
import type { Evidence } from '../eligibility/evidence.ts'
import { overlapMs } from '../eligibility/scope.ts'
import type { SeenRecord } from '../evidence/verify-items.ts'
import { touching } from '../intervals.ts'
import type { FarEndName } from '../profile/site.ts'
import type { StreamObservation } from '../record/observation.ts'
import { idleMs } from '../verdict/coverage.ts'
import type { Protocol } from './protocol.ts'
import type { Slot } from './slots.ts'

/** One agreed measurement, held against the evidence. */
export interface Measured extends Slot {
  /**
   * `missing`: the agents' chains show that it was not made; `outside`: it was made, and not as agreed;
   * `unproven`: the evidence shows neither that it was made as agreed nor that it was not.
   */
  readonly state: 'done' | 'missing' | 'outside' | 'unproven'
  /** Why it is not `done`; empty when it is. */
  readonly why: readonly string[]
}

/** Those that are not shown to be made as agreed: a protocol allows so many of these. */
export function notShown<M extends Measured>(measurements: readonly M[]): readonly M[] {
  return measurements.filter(({ state }) => state !== 'done')
}

interface Basis {
  readonly evidence: Evidence
  readonly protocol: Protocol
  readonly damage: DamageBook
  readonly trustedTo: number
}

export const FAR_ENDS = ['primary', 'secondary'] as const

/** Records whose windows touch an agreed measurement. */
export function recordsIn(
  { touching: recordsOf }: Pick<Evidence, 'touching'>,
  { from, to }: Pick<Slot, 'from' | 'to'>,
): SeenRecord[] {
  const time = { from, to }
  return recordsOf(time).filter(({ record }) => touching(record.window, time))
}

/** Holds one agreed measurement against the records of its time. */
export function measure(basis: Basis, slot: Slot): Measured {
  const { evidence, protocol, damage, trustedTo } = basis
  const records = recordsIn(evidence, slot)
  const denied = FAR_ENDS.flatMap((farEnd) => {
    const denial = damage.at(slot, { farEnd }, null)
    return denial === null ? [] : [`${denial.reason}: ${denial.detail}`]
  })
  if (records.length === 0) return unmade(evidence, slot, denied)
  const unsigned = records.filter(({ proven, index }) => !proven || index >= trustedTo)
  if (unsigned.length > 0) {
    const what = `${unsigned.length} of ${records.length} records are signed by nobody trusted`
    return { ...slot, state: 'unproven', why: [what] }
  }
  const other = records.some(({ record }) => record.profile.sha256 !== protocol.profile.sha256)
  const problems = FAR_ENDS.map((farEnd) =>
    streamProblems(protocol, slot, farEnd, streamsOf(records, slot, farEnd, evidence)),
  )
  const otherwise = [
    ...(other ? ['measured by another profile than the one agreed'] : []),
    ...problems.flatMap(({ otherwise }) => otherwise),
  ]
  const why = [...new Set(denied), ...otherwise, ...problems.flatMap(({ short }) => short)]
  if (why.length === 0) return { ...slot, state: 'done', why }
  // What is short may be in the records that are not here; what was measured otherwise stays so.
  const unsure = denied.length > 0 && otherwise.length === 0
  return { ...slot, state: unsure ? 'unproven' : 'outside', why }
}

/** No record is here: the agents made none only where their chains go on without a hole, signed. */
function unmade({ manifest, records }: Evidence, slot: Slot, denied: readonly string[]): Measured {
  const unproven = (why: readonly string[]): Measured => ({ ...slot, state: 'unproven', why })
  if (slot.from < manifest.from || slot.to > manifest.to) {
    return unproven(['this bundle does not cover it'])
  }
  if (records.length === 0) return unproven(['no record of this site is here'])
  if (denied.length > 0) return unproven([...new Set(denied)])
  if (records.some(({ proven }) => !proven)) {
    return unproven(['no record, and not every chain is signed by somebody trusted'])
  }
  const why = "no record, and the agents' chains go on without a hole: none was made"
  return { ...slot, state: 'missing', why: [why] }
}

function streamsOf(
  records: readonly SeenRecord[],
  slot: Slot,
  farEnd: FarEndName,
  { profiles }: Evidence,
): StreamObservation[] {
  return records
    .flatMap(({ observations, record }) => {
      if (record.run !== undefined) return []
      const dscp = profiles.get(record.profile.sha256)?.media.dscp
      return observations().filter(
        (one) => one.kind === 'stream' && (dscp === undefined || one.dscp === dscp),
      )
    })
    .filter((one) => one.kind === 'stream')
    .filter(({ ramp, segment }) => ramp !== true && segment === undefined)
    .filter((one) => one.farEnd === farEnd && touching(one, slot))
}

/** What voice to one far end lacks of what was agreed for a measurement, in words. */
export interface StreamProblems {
  /** What was sent differs from what was agreed: no record more could mend that. */
  readonly otherwise: readonly string[]
  /** Too little of it is here. */
  readonly short: readonly string[]
}

/** Holds voice to one far end against what was agreed for a measurement. */
export function streamProblems(
  { codec, calls, tolerance }: Pick<Protocol, 'codec' | 'calls' | 'tolerance'>,
  slot: Pick<Slot, 'from' | 'to'>,
  farEnd: FarEndName,
  streams: readonly StreamObservation[],
): StreamProblems {
  if (streams.length === 0) return { otherwise: [], short: [`${farEnd}: no voice was sent to it`] }
  const strange = streams.find((one) => one.codec !== codec)
  const fewest = Math.min(...streams.map((one) => one.calls))
  const unmeasured = Math.round((slot.to - slot.from - measuredMs(streams, slot)) / 1000)
  return {
    otherwise: [
      ...(strange === undefined ? [] : [`${farEnd}: ${strange.codec} instead of ${codec}`]),
      ...(fewest < calls ? [`${farEnd}: ${fewest} calls instead of ${calls}`] : []),
    ],
    short:
      unmeasured > tolerance.unmeasuredSeconds
        ? [`${farEnd}: ${unmeasured} s of it were not measured`]
        : [],
  }
}

/**
 * How much of a time voice was sent in; what was sent and not answered was measured too. What no packet
 * was due in counts nowhere: not in the part of a window that is in this time either.
 */
function measuredMs(
  streams: readonly StreamObservation[],
  slot: Pick<Slot, 'from' | 'to'>,
): number {
  const sorted = streams
    .filter(({ instrument }) => instrument.sent > 0)
    .sort((a, b) => a.from - b.from)
  let seenTo = slot.from
  let total = 0
  for (const one of sorted) {
    const { from, to, gaps } = one
    const part = { from: Math.max(from, seenTo), to: Math.min(to, slot.to) }
    if (part.to <= part.from) continue
    const away = gaps
      .filter(({ cause }) => AGENT_GAPS.includes(cause))
      .reduce((sum, gap) => sum + overlapMs(gap, part), 0)
    total += Math.max(0, part.to - part.from - away - idleMs(one))
    seenTo = part.to
  }
  return total
}

/** In these the agent did not send; all other gaps are the network's or the far end's. */
const AGENT_GAPS: readonly string[] = ['agent-start', 'agent-stop', 'host-sleep', 'own-load']
