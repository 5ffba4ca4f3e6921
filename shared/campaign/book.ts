import * as v from 'valibot'
import { EXIT } from '../errors.ts'
import { explain } from '../profile/explain.ts'
import type { Protocol } from './protocol.ts'
import type { Slot } from './slots.ts'

const instant = v.pipe(v.number(), v.integer(), v.minValue(0))
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))

const EntrySchema = v.strictObject({
  from: instant,
  to: instant,
  day: v.string(),
  at: v.string(),
  /** `running`: it was begun; `outside`: made, and not as agreed. */
  state: v.picklist(['running', 'done', 'outside', 'missed']),
  why: v.array(v.string()),
  writtenAt: instant,
  /** What the check said, where it said anything. */
  result: v.nullable(
    v.strictObject({
      overall: v.picklist(['READY', 'NOT READY', 'CANNOT SAY']),
      file: v.pipe(v.string(), v.regex(/^[0-9TZ-]+\.json$/)),
      sha256,
    }),
  ),
})

const BookSchema = v.strictObject({
  format: v.literal('voip-ready/campaign-state/1'),
  campaign: v.string(),
  protocolSha256: sha256,
  begunAt: instant,
  measurements: v.array(EntrySchema),
})

/** What became of one agreed measurement. */
export type Entry = v.InferOutput<typeof EntrySchema>
/** What became of a campaign so far, as it is kept on disk. */
export type Book = v.InferOutput<typeof BookSchema>

/** Reads a kept book; null for anything else. */
export function parseBook(value: unknown): Book | null {
  return explain(BookSchema, value).value ?? null
}

/** How a campaign stands. */
export interface Tally {
  readonly asked: number
  readonly done: number
  readonly outside: number
  readonly missed: number
  /** Not begun, or under way. */
  readonly open: number
  readonly ready: number
  readonly notReady: number
  readonly cannotSay: number
}

/** Counts; the results of what was not made as agreed are told of too, those of the missed never. */
export function tallyOf(slots: readonly Slot[], entries: readonly Entry[]): Tally {
  const state = (wanted: Entry['state']) => entries.filter((one) => one.state === wanted).length
  const [done, outside, missed] = [state('done'), state('outside'), state('missed')]
  const said = (wanted: 'READY' | 'NOT READY' | 'CANNOT SAY') =>
    entries.filter((one) => one.state !== 'missed' && one.result?.overall === wanted).length
  return {
    ...{ asked: slots.length, done, outside, missed, open: slots.length - done - outside - missed },
    ...{ ready: said('READY'), notReady: said('NOT READY'), cannotSay: said('CANNOT SAY') },
  }
}

/** 1: a measurement is NOT READY; 0: all that was agreed was done, and is READY; 2: neither. */
export function exitOfTally(tally: Tally, { missing }: Pick<Protocol['tolerance'], 'missing'>) {
  if (tally.notReady > 0) return EXIT.fail
  const whole = tally.open === 0 && tally.outside + tally.missed <= missing
  return whole && tally.done > 0 && tally.cannotSay === 0 ? EXIT.pass : EXIT.inconclusive
}
