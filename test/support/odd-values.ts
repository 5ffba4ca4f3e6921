/** Values that schemas and parsers are tried with: the borders of what a record may hold, and beyond. */
export const ODDITIES: readonly unknown[] = [
  ...[null, true, '', 'x', 'AA==', 'AB==', 'ü', '\u{1f600}'.repeat(40), 'a'.repeat(70)],
  ...[0, -1, -0, 0.5, 1e308, 2 ** 53, 8.64e15 + 1, 255, 256, Number.POSITIVE_INFINITY],
  ...[
    [],
    {},
    [1, 2, 3],
    [[1, 2, 3, 4]],
    { kind: 'stream' },
    { kind: 7 },
    [{ kind: 'dns' }],
    [null],
  ],
]

/** Walks down by the numbers of `path` and removes, adds or replaces what is there. */
export function changeAt(root: object, path: readonly number[], how: string, odd: unknown): void {
  // A copy: the next change may be one within it, and must not reach what others are tried with.
  const what = structuredClone(odd)
  let at = root as Record<string, unknown>
  for (const [depth, step] of path.entries()) {
    const keys = Object.keys(at)
    const key = keys[step % Math.max(1, keys.length)]
    if (key === undefined) return
    const next = at[key]
    if (depth < path.length - 1 && typeof next === 'object' && next !== null) {
      at = next as Record<string, unknown>
      continue
    }
    if (how === 'remove' && Array.isArray(at)) at.splice(Number(key), 1)
    else if (how === 'remove') delete at[key]
    else if (how === 'add' && Array.isArray(at)) at.push(what)
    else at[how === 'add' ? `${key}x` : key] = what
    return
  }
}
