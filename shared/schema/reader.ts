import * as v from 'valibot'
import { ok, type Result, refuse } from '../result.ts'
import { compile } from './compile.ts'

/**
 * Reads values by a schema, fast where they are good: those come back as they are, not as copies.
 * Says no exactly where the schema does, with its first reason.
 */
export function readerOf<S extends v.GenericSchema>(
  schema: S,
): (value: unknown) => Result<v.InferOutput<S>, string> {
  const good = compile(schema)
  return (value) => {
    if (good(value)) return ok(value as v.InferOutput<S>)
    const read = v.safeParse(schema, value, { abortEarly: true })
    if (read.success) return ok(read.output)
    const [issue] = read.issues
    return refuse(`${v.getDotPath(issue) ?? 'value'}: ${issue.message}`.slice(0, 200))
  }
}
