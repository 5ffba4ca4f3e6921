/**
 * Whether a text of JSON names a member twice. JSON.parse keeps the last, other readers the first: what is
 * signed in that way says two things, and is no evidence of either.
 *
 * @param text JSON
 * @param value what JSON.parse made of it
 */
export function repeatsMembers(text: string, value: unknown): boolean {
  return (quickMembers(text) ?? scanJson(encoder.encode(text)).members) !== countMembers(value)
}

const encoder = new TextEncoder()
const AFTER_NAME = '":'

/**
 * The same number, several times as fast, of a text that is written as most are: without a backslash no
 * string holds a quote, and without white space before it every colon of a member stands behind one.
 */
function quickMembers(text: string): number | null {
  if (text.includes('\\') || /"[ \t\n\r]+:/.test(text)) return null
  let members = 0
  for (let at = text.indexOf(AFTER_NAME); at !== -1; at = text.indexOf(AFTER_NAME, at + 2))
    members += 1
  return members
}

/**
 * Depth and number of members (structural colons) of a JSON text, without building anything. What it
 * says of a text that is no JSON does not matter: JSON.parse refuses that. In UTF-8 no part of a longer
 * character looks like one of these.
 *
 * @param most deeper than this it is not looked at further
 */
export function scanJson(
  octets: Uint8Array,
  most = Number.POSITIVE_INFINITY,
): { readonly depth: number; readonly members: number } {
  let deepest = 0
  let depth = 0
  let members = 0
  for (let at = 0; at < octets.length && deepest <= most; at += 1) {
    switch (octets[at]) {
      case 0x22:
        at = endOfString(octets, at)
        break
      case 0x3a:
        members += 1
        break
      case 0x7b:
      case 0x5b:
        depth += 1
        if (depth > deepest) deepest = depth
        break
      case 0x7d:
      case 0x5d:
        depth -= 1
        break
    }
  }
  return { depth: deepest, members }
}

/** Place of the quote that closes the string opened at `start`; the text's end when none does. */
function endOfString(octets: Uint8Array, start: number): number {
  for (let at = start + 1; at < octets.length; at += 1) {
    if (octets[at] === 0x22) return at
    if (octets[at] === 0x5c) at += 1
  }
  return octets.length
}

/** Members of all objects in a value. */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let members = 0
  if (Array.isArray(value)) {
    if (typeof value[0] === 'number') return countInMixed(value)
    for (const item of value) members += countMembers(item)
    return members
  }
  for (const item of Object.values(value)) members += 1 + countMembers(item)
  return members
}

/** Arrays of numbers (histogram counts) are most of a record: a loop without calls. */
function countInMixed(items: readonly unknown[]): number {
  let members = 0
  for (const item of items) if (typeof item === 'object') members += countMembers(item)
  return members
}
