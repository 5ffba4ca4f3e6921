import * as v from 'valibot'
import { ok, type Result, refuse } from '../../shared/result.ts'
import { compile } from '../../shared/schema/compile.ts'
import type { IngestRefusal } from './refusals.ts'

/** What a refusal quotes of a wrong value, characters. */
export const LONGEST_QUOTE = 120

/** A value that fits the schema, or the refusal in valibot's words for the first thing that does not. */
export function checkBy<S extends v.GenericSchema>(
  schema: S,
): (value: unknown, where: string) => Result<v.InferOutput<S>, IngestRefusal> {
  const fits = compile(schema)
  return (value, where) => {
    if (fits(value)) return ok(value as v.InferOutput<S>)
    const result = v.safeParse(schema, value, { abortEarly: true, abortPipeEarly: true })
    if (result.success) return ok(result.output)
    const [issue] = result.issues
    const path = v.getDotPath(issue)
    return refuse({
      code: 'schema',
      where: path === null ? where : `${where}.${path}`,
      wanted: issue.expected ?? issue.message,
      found: issue.received.slice(0, LONGEST_QUOTE),
    })
  }
}
