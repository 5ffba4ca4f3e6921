/**
 * What is wrong with one place of a configuration value, as data: the loader adds file, line and
 * column, a form on a screen would add a field.
 */
export interface ConfigProblem {
  /** `CONFIG_KEY`: the key should not be there (or be spelt so); `CONFIG_VALUE`: the value is wrong. */
  readonly code: 'CONFIG_KEY' | 'CONFIG_VALUE'
  /** Keys and list positions from the top; a missing key is the last element. */
  readonly path: readonly (string | number)[]
  readonly wanted: string
  /** What stands there, shortened; `nothing` when the key is missing. */
  readonly found: string
  readonly repair: string
}

/**
 * A path as a person reads it: `requirements[VRN-3].limitMs`. A list item that has an id is called
 * by it, any other by its position from 0. `root` is the value that the path leads into.
 */
export function pathText(path: readonly (string | number)[], root: unknown): string {
  let text = ''
  let here: unknown = root
  for (const step of path) {
    here = child(here, step)
    if (typeof step === 'string') text += text === '' ? step : `.${step}`
    else text += `[${idOf(here) ?? step}]`
  }
  return text === '' ? 'the whole file' : text
}

/** The value under one key or position; undefined where there is none. */
export function child(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.hasOwn(value, step) ? (value as Record<string | number, unknown>)[step] : undefined
}

function idOf(value: unknown): string | undefined {
  const id = child(value, 'id')
  return typeof id === 'string' && id.length <= 40 ? id : undefined
}

/** A value shortened for a message; never longer than about 60 characters, on one line. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) {
    const whole = value.length <= 8 && value.every(isShort) ? JSON.stringify(value) : ''
    return whole !== '' && whole.length <= 60 ? whole : `a list of ${value.length}`
  }
  if (typeof value === 'object' && value !== null) return 'a map'
  if (typeof value === 'string' && value.length > 56)
    return JSON.stringify(`${value.slice(0, 53)}...`)
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') {
    return `a ${typeof value}`
  }
  return typeof value === 'number' ? String(value) : JSON.stringify(value)
}

function isShort(value: unknown): boolean {
  if (Array.isArray(value)) return value.length <= 2 && value.every((n) => typeof n === 'number')
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

/**
 * The known word that `word` most likely stands for, or undefined when none is near: at most two
 * slips, or one in three characters.
 */
export function closest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3))
  let best: string | undefined
  let bestSlips = limit + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) > limit) continue
    const slips = distance(word.toLowerCase(), candidate.toLowerCase())
    if (slips < bestSlips) {
      best = candidate
      bestSlips = slips
    }
  }
  return best
}

/** Levenshtein distance of two short words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, change))
    }
    row = next
  }
  return row[b.length]!
}
