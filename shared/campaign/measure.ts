import type { DamageBook } from '../eligibility/damage.ts'
import type { Evidence } from '../eligibility/evidence.ts'
import { overlapMs, touching } from '../eligibility/scope.ts'
import type { SeenRecord } from '../evidence/verify-items.ts'
import type { FarEndName } from '../profile/site.ts'
import type { StreamObservation } from '../record/observation.ts'
import type { Protocol } from './protocol.ts'
import type { Slot } from './slots.ts'

/** One agreed measurement, held against the evidence. */
export interface Measured extends Slot {
  /** `outside`: it was made, and not as agreed; `unproven`: nobody trusted signed that it was. */
  readonly state: 'done' | 'missing' | 'outside' | 'unproven'
  /** Why it is not `done`; empty when it is. */
  readonly why: readonly string[]
}

interface Basis {
  readonly evidence: Evidence
  readonly protocol: Protocol
  readonly damage: DamageBook
  readonly trustedTo: number
}

/** Holds one agreed measurement against the records of its time. */
export function measure(basis: Basis, slot: Slot): Measured {
  const { evidence, protocol, damage, trustedTo } = basis
  const records = evidence.touching(slot).filter(({ record }) => touching(record.window, slot))
  if (records.length === 0) return { ...slot, state: 'missing', why: [whyMissing(evidence, slot)] }
  const unsigned = records.filter(({ proven, index }) => !proven || index >= trustedTo)
  if (unsigned.length > 0) {
    const what = `${unsigned.length} of ${records.length} records are signed by nobody trusted`
    return { ...slot, state: 'unproven', why: [what] }
  }
  const denied = (['primary', 'secondary'] as const).flatMap((farEnd) => {
    const denial = damage.at(slot, { farEnd }, null)
    return denial === null ? [] : [`${denial.reason}: ${denial.detail}`]
  })
  const other = records.some(({ record }) => record.profile.sha256 !== protocol.profile.sha256)
  const why = [
    ...new Set(denied),
    ...(other ? ['measured by another profile than the one agreed'] : []),
    ...(['primary', 'secondary'] as const).flatMap((farEnd) =>
      streamProblems(protocol, slot, farEnd, streamsOf(records, slot, farEnd, evidence)),
    ),
  ]
  return { ...slot, state: why.length === 0 ? 'done' : 'outside', why }
}

function whyMissing({ manifest, entries }: Evidence, slot: Slot): string {
  if (slot.from < manifest.from || slot.to > manifest.to) return 'this bundle does not cover it'
  const ticks = entries.filter(
    ({ entry }) => entry.kind === 'tick' && entry.at >= slot.from && entry.at <= slot.to + 120_000,
  )
  return ticks.length > 0
    ? 'no record, and the collector listened: the site was silent'
    : 'no record, and no tick of the collector either'
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

/** What voice to one far end lacks of what was agreed for a measurement, in words; empty: nothing. */
export function streamProblems(
  { codec, calls, tolerance }: Pick<Protocol, 'codec' | 'calls' | 'tolerance'>,
  slot: Pick<Slot, 'from' | 'to'>,
  farEnd: FarEndName,
  streams: readonly StreamObservation[],
): string[] {
  if (streams.length === 0) return [`${farEnd}: no voice was sent to it`]
  const found: string[] = []
  const strange = streams.find((one) => one.codec !== codec)
  if (strange !== undefined) found.push(`${farEnd}: ${strange.codec} instead of ${codec}`)
  const fewest = Math.min(...streams.map((one) => one.calls))
  if (fewest < calls) found.push(`${farEnd}: ${fewest} calls instead of ${calls}`)
  const unmeasured = Math.round((slot.to - slot.from - measuredMs(streams, slot)) / 1000)
  if (unmeasured > tolerance.unmeasuredSeconds) {
    found.push(`${farEnd}: ${unmeasured} s of it were not measured`)
  }
  return found
}

/** How much of a time voice was sent in; what was sent and not answered was measured too. */
function measuredMs(
  streams: readonly StreamObservation[],
  slot: Pick<Slot, 'from' | 'to'>,
): number {
  const sorted = streams
    .filter(({ instrument }) => instrument.sent > 0)
    .sort((a, b) => a.from - b.from)
  let seenTo = slot.from
  let total = 0
  for (const { from, to, gaps } of sorted) {
    const part = { from: Math.max(from, seenTo), to: Math.min(to, slot.to) }
    if (part.to <= part.from) continue
    const away = gaps
      .filter(({ cause }) => AGENT_GAPS.includes(cause))
      .reduce((sum, gap) => sum + overlapMs(gap, part), 0)
    total += part.to - part.from - away
    seenTo = part.to
  }
  return total
}

/** In these the agent did not send; all other gaps are the network's or the far end's. */
const AGENT_GAPS: readonly string[] = ['agent-start', 'agent-stop', 'host-sleep', 'own-load']
