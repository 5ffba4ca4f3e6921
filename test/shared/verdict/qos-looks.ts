import * as v from 'valibot'
import type { Distribution } from '../../../shared/record/observation.ts'
import {
  type QosObservation,
  QosObservationSchema,
  type QosPair,
} from '../../../shared/record/qos.ts'
import { type Change, MINUTE, marks, PACKETS, START, spread, stream } from './scenes.ts'

/** How one stream fared on the way out: p95 of its delay above the fastest packet, and what it lost. */
export interface Fare {
  readonly aboveMs?: number
  /** How many packets that rests on; all of them where it is left out. */
  readonly n?: number
  readonly change?: Change
}

const LOAD = { calls: 16, kbit: 1280, scheduled: 4800, notSent: 0, reached: 3600, returned: 3600 }
const QUIET: Distribution = spread(0.3)

/** A pair of streams; the way back is quiet always. */
export function pair(marked: Fare = {}, plain: Fare = {}, load: QosPair['load'] = LOAD): QosPair {
  const above = ({ aboveMs, n = PACKETS }: Fare) =>
    aboveMs === undefined ? QUIET : n === 0 ? null : spread(aboveMs, n)
  const plainMarks = { tos: marks([0, PACKETS]), egress: { tos: 0, proof: 'watched' } } as const
  const { out, back, ...rest } = plain.change ?? {}
  return {
    marked: stream(marked.change),
    plain: stream({
      ...{ dscp: 0, out: { ...plainMarks, ...out }, back: { ...plainMarks, ...back } },
      ...rest,
    }),
    above: {
      out: { marked: above(marked), plain: above(plain) },
      back: { marked: QUIET, plain: QUIET },
    },
    load,
  }
}

/** A whole look under load at the primary; best effort waited 90 ms and marked voice did not. */
export function underLoad(change: Partial<QosObservation> = {}): QosObservation {
  const loaded = pair({ aboveMs: 1.2 }, { aboveMs: 90 })
  return v.parse(QosObservationSchema, {
    ...{ kind: 'qos', farEnd: 'primary', from: START, to: START + MINUTE, capKbit: 10_000 },
    ...{ before: pair({}, {}, null), loaded, steps: [], ended: 'suffered', why: '' },
    ...change,
  })
}
