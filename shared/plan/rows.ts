import * as v from 'valibot'

/** What an agent is asked for, offers and sends of its raw rows: those of times that a dispute pins. */
const hex64 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))

/** Windows in one offer. */
export const MOST_OFFERED = 500
/** Octets of one window, packed and deflated: some thirty calls; larger windows stay at the agent. */
export const MOST_SENT = 2 ** 20

export const OwnPinsSchema = v.strictObject({
  pins: v.array(v.strictObject({ from: instant, to: instant })),
})

export const RowsOfferSchema = v.strictObject({
  digests: v.pipe(v.array(hex64), v.maxLength(MOST_OFFERED)),
})
/** Those that are not kept yet. */
export const RowsWantedSchema = v.strictObject({ wanted: v.array(hex64) })

export const SentRowsSchema = v.strictObject({
  sha256: hex64,
  /** Borders of the window, milliseconds since 1970. */
  from: instant,
  to: instant,
  /** Base64 of the packed rows (shared/measure/raw-rows-pack.ts), deflated (RFC 1950). */
  body: v.pipe(v.string(), v.base64(), v.maxLength(Math.ceil((MOST_SENT * 4) / 3) + 4)),
})
export const RowsKeptSchema = v.strictObject({ kept: v.literal(true) })

/** Why the rows of a pinned time cannot be brought any more. */
export const ABSENCE_CAUSES = [
  /** They were kept, and the ring has given them up for newer ones. */
  'overwritten',
  /** One window is more than a request may carry; they stay at the agent. */
  'too-large',
  /** What is on its disk is no longer what was signed for. */
  'damaged',
  /** They were made and could not be kept. */
  ...(['queue-full', 'disk-full', 'disk-error', 'ring-full'] as const),
  /** They should be there and are not: a power failure, or a hand in the folder. */
  'lost',
] as const
export type AbsenceOfRows = v.InferOutput<typeof absence>

const absence = v.strictObject({
  from: instant,
  to: instant,
  cause: v.picklist(ABSENCE_CAUSES),
  /** One window; left out: all of that time which were not brought. */
  sha256: v.optional(hex64),
})
/** Everything that an agent cannot bring of all pinned times: takes the place of what it told before. */
export const RowsAbsentSchema = v.strictObject({
  absent: v.pipe(v.array(absence), v.maxLength(MOST_OFFERED)),
})
export const RowsToldSchema = v.strictObject({ told: v.literal(true) })
