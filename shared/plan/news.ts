import * as v from 'valibot'
import { OwnPinsSchema } from './rows.ts'

/**
 * What an agent would else ask for once a minute each, told with the answer to its question for work:
 * of ten thousand agents that is the most of what a collector is asked.
 */
export const NewsSchema = v.strictObject({
  ...OwnPinsSchema.entries,
  /** The newest checkpoint of the log; null: it shows none. */
  log: v.nullable(
    v.strictObject({
      /** A signed note (C2SP tlog-checkpoint). */
      checkpoint: v.string(),
      /** That it begins with the log of the size that the agent named (RFC 6962 section 2.1.2). */
      proof: v.nullable(
        v.strictObject({ from: v.number(), to: v.number(), hashes: v.array(v.string()) }),
      ),
    }),
  ),
})
export type News = v.InferOutput<typeof NewsSchema>

/** Nothing is to be done; said in place of 204 to who asks for news as well. */
export const NoWorkSchema = v.strictObject({
  work: v.literal('none'),
  news: NewsSchema,
  /** Over so many seconds the records of the fleet are to come (shared/record/spread.ts); left out by older ones. */
  spreadSeconds: v.optional(v.number()),
})
export type NoWork = v.InferOutput<typeof NoWorkSchema>
