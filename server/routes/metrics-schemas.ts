import * as v from 'valibot'
import { MOST_SHARDS } from '../metrics/shard.ts'

/** What a scrape may ask. Numbers come as text in a query; they are taken as written or not at all. */
const number = (most: number, least: number) =>
  v.pipe(
    v.string(),
    v.regex(/^(0|[1-9]\d{0,3})$/, 'a whole number'),
    v.check((text) => Number(text) >= least && Number(text) <= most, `${least} to ${most}`),
  )

/** `shard` and `of` go together; `detail` is chosen by the number of sites unless it is given. */
export const ScrapeQuery = v.strictObject({
  shard: v.optional(number(MOST_SHARDS - 1, 0)),
  of: v.optional(number(MOST_SHARDS, 1)),
  detail: v.optional(v.picklist(['core', 'full'])),
})
export type ScrapeAsked = v.InferOutput<typeof ScrapeQuery>

export const DiscoveryQuery = v.strictObject({ of: v.optional(number(MOST_SHARDS, 1)) })

/** The answer to Prometheus' http_sd: targets with the labels that make up their address. */
export const DiscoveryAnswer = v.array(
  v.strictObject({
    targets: v.array(v.string()),
    labels: v.record(v.string(), v.string()),
  }),
)
