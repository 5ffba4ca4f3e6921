import * as v from 'valibot'

/**
 * What became of a SIP message on its way to the reflector and back: what was rewritten on which leg,
 * the address the far end saw, and how long an idle UDP flow stays open. Information: no line asks.
 */
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))
const text = v.pipe(v.string(), v.maxLength(253))
const endpoint = v.strictObject({ address: v.pipe(v.string(), v.maxLength(64)), port })

export const SipAskSchema = v.strictObject({
  transport: v.picklist(['udp', 'tcp']),
  port,
  /**
   * `mirrored`: came back with the reflector's seal; `foreign`: somebody else answered;
   * `broken`: sealed by nobody, so what came back proves nothing.
   */
  result: v.picklist(['mirrored', 'silent', 'refused', 'unreachable', 'foreign', 'broken']),
  own: v.nullable(endpoint),
  /** As the reflector saw the sender; another address or port means NAT. */
  seen: v.nullable(endpoint),
  /** Lines that were changed, and on which leg; `there-and-back`: changed out, and undone back. */
  rewritten: v.pipe(
    v.array(
      v.strictObject({
        field: v.pipe(v.string(), v.maxLength(32)),
        leg: v.picklist(['out', 'back', 'both', 'there-and-back']),
        sent: text,
        returned: text,
      }),
    ),
    v.maxLength(16),
  ),
  rttMs: v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0))),
})
export type SipAsk = v.InferOutput<typeof SipAskSchema>

export const SipAlgObservationSchema = v.strictObject({
  kind: v.literal('sip-alg'),
  farEnd: v.picklist(['primary', 'secondary']),
  from: instant,
  to: instant,
  asks: v.pipe(v.array(SipAskSchema), v.maxLength(4)),
  /** Answers that the reflector held back so long; `open` false: the flow was closed by then. */
  idle: v.pipe(
    v.array(
      v.strictObject({
        seconds: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(60)),
        open: v.boolean(),
      }),
    ),
    v.maxLength(4),
  ),
})
export type SipAlgObservation = v.InferOutput<typeof SipAlgObservationSchema>
