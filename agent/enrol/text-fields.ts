import { ok, type Result, refuse } from '../../shared/result.ts'

/**
 * The text fields of an object, each in its form; refused with the name of the first that is not. By
 * hand: a schema library would stay in the memory of a process that runs for months.
 */
export function textFields<K extends string>(
  value: unknown,
  forms: Readonly<Record<K, RegExp>>,
): Result<Readonly<Record<K, string>>, string> {
  if (typeof value !== 'object' || value === null) return refuse('top level')
  const fields = value as Readonly<Record<string, unknown>>
  const found: Partial<Record<K, string>> = {}
  for (const name of Object.keys(forms) as K[]) {
    const field = fields[name]
    if (typeof field !== 'string' || !forms[name].test(field)) return refuse(name)
    found[name] = field
  }
  return ok(found as Record<K, string>)
}

export const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/
export const KEY_ID = /^[0-9a-f]{16}$/
export const TEXT = /^.{1,400}$/
export const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/
