import * as v from 'valibot'
import { RequirementSchema } from '../profile/schema.ts'

/** {@link LineRead} in documents and in the API. */
export const LineReadSchema = v.strictObject({
  id: v.string(),
  kind: v.picklist(RequirementSchema.options.map((one) => one.entries.kind.literal)),
  line: v.pipe(v.number(), v.integer(), v.minValue(1)),
  reading: v.string(),
  why: v.optional(v.string()),
})
