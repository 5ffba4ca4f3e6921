import type { Block } from './document.ts'

/** A list, or the word for none. */
export function list(items: readonly string[], none = 'None.'): Block {
  return items.length === 0 ? { kind: 'text', text: none } : { kind: 'list', items }
}
