import { visible } from '../shared/report/escape.ts'

/**
 * A problem of the collector (RFC 9457) as a sentence that ends with what mends it; null: another body.
 * @param body of an answer, as text
 */
export function problemText(body: string): string | null {
  try {
    const { title, detail, repair } = JSON.parse(body) as { readonly [key: string]: unknown }
    if (typeof title !== 'string') return null
    const seen = typeof detail === 'string' ? ` (${detail})` : ''
    return visible(`${title}${seen}${typeof repair === 'string' ? `; ${repair}` : ''}`)
  } catch {
    return null
  }
}
