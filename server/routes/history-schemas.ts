import * as v from 'valibot'
import { instantFrom } from '../../shared/instant.ts'
import { ABSENCE_CAUSES } from '../../shared/plan/rows.ts'
import { SIDES_OF_GAPS } from '../history/coverage.ts'
import { AtQuery, FindingsAnswer, SiteParams } from './schemas.ts'

/** Shapes of the routes of the past. */
const instant = v.pipe(v.string(), v.isoTimestamp())
const siteName = SiteParams.entries.site
const past = AtQuery.entries.at
const verdict = v.picklist(['pass', 'fail', 'inconclusive', 'not-tested'])
const overall = v.picklist(['READY', 'NOT READY', 'CANNOT SAY'])
const place = { farEnd: v.string(), segment: v.string() }
const span = { from: instant, to: instant }

/** `from`, `to`: RFC 3339; default: the seven days that end now. */
export const SpanQuery = v.strictObject({ from: past, to: past })
/** `rows=true`: with the raw rows that are kept of that time. */
export const BundleQuery = v.strictObject({
  ...SpanQuery.entries,
  rows: v.optional(v.picklist(['true', 'false'])),
  /** Origin of the log to cut it of; left out: the newest with records of that time. */
  log: v.optional(v.pipe(v.string(), v.regex(/^[!-~]{1,200}$/))),
})
export const TimelineQuery = v.strictObject({
  ...SpanQuery.entries,
  step: v.optional(v.picklist(['auto', '15m', '1h', '1d'])),
})
/** Either `at`, or `from` and `to` with the verdict intervals between, of one `line` if named. */
export const FindingsQuery = v.strictObject({
  ...AtQuery.entries,
  ...SpanQuery.entries,
  line: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/))),
})

const numbers = v.array(v.nullable(v.number()))
const letters = v.pipe(v.string(), v.regex(/^[pfin.]*$/))
const LegSeries = v.strictObject({
  packets: numbers,
  lossRatio: numbers,
  /** With the losses that could not be told to one leg. */
  lossRatioAtMost: numbers,
  /** p95, of the worst quarter hour of a step; where only bounds are known, the upper one. */
  delayMs: numbers,
  delayMsAtLeast: numbers,
  jitterMs: numbers,
  markedRatio: numbers,
  /** A letter for each step: p pass, f fail, i inconclusive, n not-tested, `.` nothing known. */
  verdicts: v.strictObject({ delay: letters, jitter: letters, loss: letters, marking: letters }),
})
export const TimelineAnswer = v.strictObject({
  ...{ now: instant, site: siteName, ...span, step: v.picklist(['15m', '1h', '1d']) },
  /** Every array below has this many entries: entry n speaks of from + n * stepSeconds on. */
  ...{ stepSeconds: v.number(), points: v.number() },
  /** Of the profile of the newest record; null: it has no such line. */
  limits: v.strictObject({
    ...{ delayMs: v.nullable(v.number()), jitterMs: v.nullable(v.number()) },
    ...{ lossRatio: v.nullable(v.number()), dscp: v.nullable(v.number()) },
  }),
  /** Quarter hours of each step, by what they came to; null: nothing is known of the step. */
  overall: v.strictObject({ ready: numbers, notReady: numbers, cannotSay: numbers }),
  places: v.array(
    v.strictObject({ ...place, gapSeconds: numbers, out: LegSeries, back: LegSeries }),
  ),
})

export const VerdictIntervalsAnswer = v.strictObject({
  ...{ now: instant, site: siteName, ...span },
  overall: v.array(v.strictObject({ ...span, overall, cause: v.string() })),
  intervals: v.array(
    v.strictObject({
      ...{ id: v.string(), leg: v.string(), ...place, ...span },
      ...{ verdict, reason: v.string(), meaning: v.string() },
    }),
  ),
  /** There are more: ask for less time, or for one line. */
  truncated: v.boolean(),
})
export const FindingsOrIntervals = v.union([FindingsAnswer, VerdictIntervalsAnswer])

export const CoverageAnswer = v.strictObject({
  ...{ now: instant, site: siteName, ...span },
  places: v.array(
    v.strictObject({
      ...place,
      seconds: v.number(),
      seenSeconds: v.number(),
      /** Of the whole time asked for. */
      /** Null: not one whole quarter hour was asked for. */
      share: v.nullable(v.number()),
      gaps: v.array(
        v.strictObject({
          ...{ ...span, seconds: v.number(), cause: v.string() },
          side: v.picklist(SIDES_OF_GAPS),
        }),
      ),
    }),
  ),
  unknown: v.array(v.strictObject(span)),
  truncated: v.boolean(),
})

const Pin = v.strictObject({
  ...{ id: v.string(), ...span, why: v.string(), by: v.string() },
  ...{ enteredAt: instant, releasedAt: v.nullable(instant) },
})
const uuid = v.pipe(v.string(), v.uuid())
export const PinsAnswer = v.strictObject({ now: instant, site: siteName, pins: v.array(Pin) })
export const PinAnswer = v.strictObject({ now: instant, site: siteName, pin: Pin })
/**
 * `mayLackBefore`: records that ended before it were old enough to be removed before the pin was made, so
 * that the pinned time may lack some; null: nothing of it was.
 */
export const PinMade = v.strictObject({
  ...PinAnswer.entries,
  mayLackBefore: v.nullable(instant),
})
/** Of each window whose digest a record of the time signs for: kept here, on its way, or not to be had. */
export const PinRowsAnswer = v.strictObject({
  ...{ now: instant, site: siteName, pin: Pin },
  rows: v.strictObject({
    windows: v.number(),
    kept: v.number(),
    waiting: v.number(),
    absent: v.array(
      v.strictObject({
        ...{ ...span, agent: v.string(), cause: v.picklist(ABSENCE_CAUSES) },
        ...{ windows: v.number(), toldAt: instant },
      }),
    ),
    /** There are more records than were looked at: pin less time. */
    truncated: v.boolean(),
  }),
})
export const PinParams = v.strictObject({ site: siteName, id: uuid })
const pinned = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.check((text) => instantFrom(text) !== null, 'RFC 3339 instant since 1970'),
)
export const PinBody = v.strictObject({
  from: pinned,
  to: pinned,
  /** Why it is kept, for whoever releases it. */
  why: v.pipe(v.string(), v.minLength(1), v.maxLength(300), v.regex(/^[^\p{Cc}]+$/u)),
})

export const FleetQuery = v.strictObject({
  /** Sites whose names come after this one. */
  after: v.optional(siteName),
  limit: v.optional(v.pipe(v.string(), v.regex(/^([1-9]\d{0,2}|1000)$/, '1 to 1000'))),
  overall: v.optional(overall),
  customer: v.optional(v.pipe(v.string(), v.regex(/^[^\p{Cc}]{1,100}$/u))),
})
