import { type CheckResult, CheckResultSchema } from '../../config/check-result.ts'
import { sha256hex } from '../../config/load.ts'
import type { Entry } from '../../shared/campaign/book.ts'
import { streamProblems } from '../../shared/campaign/measure.ts'
import type { Protocol } from '../../shared/campaign/protocol.ts'
import type { Slot } from '../../shared/campaign/slots.ts'
import { touching } from '../../shared/intervals.ts'
import { explain } from '../../shared/profile/explain.ts'
import { streamsOf } from '../../shared/record/kinds.ts'
import { resultName } from './shelf.ts'

/** What a measurement came to by what its check printed; `missed` where that is no result. */
export function settled(protocol: Protocol, slot: Slot, text: string, nowMs: number): Entry {
  const result = parsed(text)
  if (result === null) return missed(slot, 'its check printed no whole result', nowMs)
  const why = problemsOf(protocol, slot, result)
  return {
    ...{ ...slot, state: why.length === 0 ? 'done' : 'outside', why, writtenAt: nowMs },
    result: {
      overall: result.judgement.overall,
      file: resultName(slot),
      sha256: sha256hex(new TextEncoder().encode(text)),
    },
  }
}

/** A measurement that was not made, and why. */
export function missed(slot: Slot, why: string, nowMs: number): Entry {
  return { ...slot, state: 'missed', why: [why], writtenAt: nowMs, result: null }
}

function problemsOf(protocol: Protocol, slot: Slot, result: CheckResult): string[] {
  const { site, judgement, observations } = result
  const streams = streamsOf(observations).filter(
    (one) => one.segment === undefined && touching(one, slot),
  )
  return [
    ...(site === protocol.site ? [] : [`it is of site ${site}`]),
    ...(judgement.profile.sha256 === protocol.profile.sha256
      ? []
      : ['measured by another profile than the one agreed']),
    ...(['primary', 'secondary'] as const).flatMap((farEnd) => {
      const sent = streams.filter((one) => one.farEnd === farEnd)
      const { otherwise, short } = streamProblems(protocol, slot, farEnd, sent)
      return [...otherwise, ...short]
    }),
  ]
}

function parsed(text: string): CheckResult | null {
  try {
    const value: unknown = JSON.parse(text)
    // What fits the schema is what the command prints.
    return explain(CheckResultSchema, value).value === undefined ? null : (value as CheckResult)
  } catch {
    return null
  }
}
