import fc from 'fast-check'

/**
 * What an enemy, a fault or an old version could send instead of something valid: anything at all, or
 * the valid thing cut, bent, stretched, spliced or repeated. fast-check prints seed and path when a
 * property fails; give both to fc.assert to see the same case again.
 */
export function hostileBytes(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const at = (bytes: Uint8Array, where: number) => Math.floor(where * (bytes.length + 1))
  const flips = fc.array(fc.tuple(place, fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 8,
  })
  return fc.oneof(
    fc.uint8Array({ maxLength: 1500 }),
    fc.tuple(valid, place).map(([bytes, cut]) => bytes.slice(0, at(bytes, cut))),
    fc.tuple(valid, flips).map(([bytes, bits]) => bend(bytes, bits)),
    fc.tuple(valid, fc.uint8Array({ maxLength: 40 })).map(([bytes, more]) => join(bytes, more)),
    fc
      .tuple(valid, place, fc.uint8Array({ maxLength: 40 }))
      .map(([bytes, where, more]) =>
        join(bytes.slice(0, at(bytes, where)), more, bytes.slice(at(bytes, where))),
      ),
    fc
      .tuple(valid, valid, place)
      .map(([one, other, cut]) => join(one.slice(0, at(one, cut)), other.slice(at(other, cut)))),
  )
}

function bend(bytes: Uint8Array, bits: readonly (readonly [number, number])[]): Uint8Array {
  const bent = bytes.slice()
  for (const [where, mask] of bits) {
    const i = Math.floor(where * bent.length)
    if (i < bent.length) bent[i] = (bent[i] ?? 0) ^ mask
  }
  return bent
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

/** Values that parsers stumble over. */
const AWKWARD = [
  ...[null, true, '', ' ', '\u0000', '__proto__', 'constructor', '1e309', '-0', [], {}],
  ...[0, -0, -1, 0.1, 1e21, 2 ** 53, -(2 ** 53), Number.MAX_VALUE, Number.MIN_VALUE],
  ...['a'.repeat(70_000), '\ud800', '💥', '../../etc/passwd', [[[[[]]]]]],
] as const

/** A JSON value like `value` with up to four places changed: other type, other key, gone, twice. */
export function hostileJson(value: unknown): fc.Arbitrary<unknown> {
  const other = fc.oneof(fc.constantFrom(...AWKWARD), fc.jsonValue())
  const change = fc.tuple(
    fc.array(fc.nat(), { minLength: 1, maxLength: 8 }),
    fc.constantFrom('replace', 'remove', 'rename', 'repeat', 'add'),
    other,
  )
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    let changed: unknown = structuredClone(value)
    for (const [path, how, what] of changes) changed = alter(changed, path, how, what)
    return changed
  })
}

/** Walks down by `path` (each step modulo the number of children) and changes what is there. */
function alter(value: unknown, path: readonly number[], how: string, what: unknown): unknown {
  if (typeof value !== 'object' || value === null) return what
  const isList = Array.isArray(value)
  const entries: [string, unknown][] = Object.entries(value)
  const i = (path[0] ?? 0) % Math.max(1, entries.length)
  const [key, child] = entries[i] ?? ['new', undefined]
  if (path.length > 1 && typeof child === 'object' && child !== null) {
    entries[i] = [key, alter(child, path.slice(1), how, what)]
  } else if (how === 'remove') entries.splice(i, 1)
  else if (how === 'rename') entries[i] = [`${key}x`, child]
  else if (how === 'repeat') entries.push([`${key}2`, child])
  else if (how === 'add') entries.push(['unexpected', what])
  else entries[i] = [key, what]
  return isList ? entries.map(([, one]) => one) : Object.fromEntries(entries)
}
