import { ok, type Result, refuse } from '../result.ts'
import { repeatsMembers } from '../schema/json-members.ts'

/** What a text of JSON says, read strictly; null when it is none or says something else. */
export function plain<T>(text: string, parse: (value: unknown) => Result<T, unknown>): T | null {
  try {
    const value = JSON.parse(text)
    const parsed = parse(value)
    return parsed.ok && !repeatsMembers(text, value) ? parsed.value : null
  } catch {
    return null
  }
}

/** An object of JSON, whatever it holds, that says each thing once; null: it is none. */
export function objectOf(text: string): object | null {
  return plain(text, (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? ok(value) : refuse(null),
  )
}
