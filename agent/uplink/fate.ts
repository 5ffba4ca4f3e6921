import { problemText } from '../problem-text.ts'
import type { Answer } from './post.ts'

/** What an answer means for the record that was sent. */
export type Fate = 'delivered' | 'never' | 'token' | 'later'

/**
 * Statuses that speak about the record's own bytes set it aside; all others speak about the token,
 * the address or the moment, and the record waits.
 */
export const NEVER: ReadonlySet<number> = new Set([400, 409, 413, 415, 422])
export const TOKEN: ReadonlySet<number> = new Set([401, 403])

/** What an answer means, by its status (RFC 9110 section 15). */
export function fateOf(answer: Answer): Fate {
  if (answer.kind === 'failed') return 'later'
  if (answer.status >= 200 && answer.status < 300) return 'delivered'
  if (NEVER.has(answer.status)) return 'never'
  return TOKEN.has(answer.status) ? 'token' : 'later'
}

/** An answer in words, for logs and the note beside a refused record. */
export function describe(answer: Answer): string {
  if (answer.kind === 'failed') return answer.why
  const said = (problemText(answer.body) ?? answer.body).replace(/\s+/g, ' ').trim().slice(0, 300)
  return said === '' ? `HTTP ${answer.status}` : `HTTP ${answer.status}: ${said}`
}
