import type { Result } from '../result.ts'

/** What a text of JSON says, read strictly; null when it is none or says something else. */
export function plain<T>(text: string, parse: (value: unknown) => Result<T, unknown>): T | null {
  try {
    const parsed = parse(JSON.parse(text))
    return parsed.ok ? parsed.value : null
  } catch {
    return null
  }
}
