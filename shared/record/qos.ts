import * as v from 'valibot'
import { DistributionSchema, StreamObservationSchema } from './observation.ts'

/**
 * What was seen of marked voice beside the same voice without its mark, while a best-effort load of
 * our own filled the way: first without load, then step by step with more of it.
 */
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const ms = v.pipe(v.number(), v.finite())

/** Delay above the fastest packet of either stream in the same step: one clock pair, so no offset. */
const AboveSchema = v.strictObject({
  marked: v.nullable(DistributionSchema),
  plain: v.nullable(DistributionSchema),
})

/** The best-effort load of a step: packets in the shape of calls, answered by the reflector. */
export const QosLoadSchema = v.strictObject({
  calls: count,
  /** Offered each way, IP packets counted, kbit/s. */
  kbit: v.pipe(ms, v.minValue(0)),
  scheduled: count,
  /** Of those, what this host did not send. */
  notSent: count,
  /** What reached the far end, and what of its answers came back. */
  reached: count,
  returned: count,
})
export type QosLoad = v.InferOutput<typeof QosLoadSchema>

/** The same calls at the same time, with and without the mark. */
export const QosPairSchema = v.strictObject({
  marked: StreamObservationSchema,
  plain: StreamObservationSchema,
  above: v.strictObject({ out: AboveSchema, back: AboveSchema }),
  load: v.nullable(QosLoadSchema),
})
export type QosPair = v.InferOutput<typeof QosPairSchema>

const riseSchema = v.strictObject({ marked: v.nullable(ms), plain: v.nullable(ms) })

export const QosObservationSchema = v.strictObject({
  kind: v.literal('qos'),
  farEnd: v.picklist(['primary', 'secondary']),
  from: instant,
  to: instant,
  /** Most that might be offered each way, voice and load together, IP packets counted, kbit/s. */
  capKbit: count,
  before: QosPairSchema,
  /** The last step: the one under which best effort suffered, or the highest load that was tried. */
  loaded: v.nullable(QosPairSchema),
  /** Every step in order: its load, and the 95th percentiles of the delay above the fastest packet. */
  steps: v.pipe(
    v.array(v.strictObject({ load: QosLoadSchema, out: riseSchema, back: riseSchema })),
    v.maxLength(32),
  ),
  /**
   * Why no more load was tried: best effort suffered; all that was allowed was offered; marked voice
   * itself lost too much; somebody stopped it; the reflector refused the load; nobody answered.
   */
  ended: v.picklist(['suffered', 'cap', 'voice-suffered', 'stopped', 'refused', 'unanswered']),
  /** What the reflector said where it refused; else empty. */
  why: v.pipe(v.string(), v.maxLength(200)),
})
export type QosObservation = v.InferOutput<typeof QosObservationSchema>
