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
