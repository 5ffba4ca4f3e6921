import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, profileIdentity } from '../../../shared/profile/canonical.ts'
import { parseProfile } from '../../../shared/profile/parse.ts'
import { minimalProfile } from './minimal.ts'

const sha256hex = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function textOf(value: unknown): string {
  const text = canonicalJson(value)
  if (!text.ok) throw new Error(text.error.why)
  return text.value
}

function identityOf(value: unknown): string {
  const parsed = parseProfile(value)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return profileIdentity(parsed.value, sha256hex)
}

/** The same value with the keys of every map in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).reverse()
  return Object.fromEntries(entries.map(([key, inner]) => [key, reversed(inner)]))
}

describe('canonical JSON', () => {
  test('the sample of RFC 8785 section 3.2.3, with its numbers and its order of keys', () => {
    const sample = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    }
    expect(textOf(sample)).toBe(
      '{"literals":[null,true,false],' +
        '"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  test('keys are sorted by UTF-16 units, so an emoji stands before U+FB33', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6']
    const text = textOf(Object.fromEntries(keys.map((key) => [key, 0])))
    expect(Object.keys(JSON.parse(text))).toEqual([
      '1',
      '\r',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\u{1f600}',
      '\ufb33',
    ])
    expect(text.indexOf('\u{1f600}')).toBeLessThan(text.indexOf('\ufb33'))
  })

  test('minus zero is zero', () => {
    expect(textOf([-0])).toBe('[0]')
  })

  test.each([
    ['NaN', { a: [1, Number.NaN] }, ['a', 1], 'not a finite number'],
    ['infinity', Number.POSITIVE_INFINITY, [], 'not a finite number'],
    ['undefined', { a: undefined }, ['a'], 'not plain data'],
    ['a hole in a list', new Array(1), [0], 'not plain data'],
    ['a date', { d: new Date(0) }, ['d'], 'not plain data'],
    ['a bigint', 1n, [], 'not plain data'],
    ['a lone high surrogate', { t: 'x\ud800' }, ['t'], 'holds a lone surrogate'],
    ['a lone low surrogate in a key', { '\udc00': 1 }, ['\udc00'], 'holds a lone surrogate'],
  ])('%s is refused with its path', (_name, value, path, why) => {
    expect(canonicalJson(value)).toEqual({ ok: false, error: { path, why } })
  })

  test('a circle is refused, not followed', () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    expect(canonicalJson(circle)).toMatchObject({ error: { why: 'nested deeper than 64' } })
  })

  const json = fc.jsonValue({ noUnicodeString: false, maxDepth: 6 })

  test('law: reading it back gives the value, and writing that gives the same text', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = textOf(value)
        expect(textOf(JSON.parse(text))).toBe(text)
        // Through JSON once, as -0 is 0 there.
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('law: the order of keys never shows', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(textOf(reversed(value))).toBe(textOf(value))
      }),
    )
  })

  test('law: which maps were written before never shows', () => {
    const key = fc.oneof(fc.constantFrom('a', 'b', 'ab', 'b.a', 'B', '10', '9'), fc.string())
    const map = fc.dictionary(key, fc.integer(), { maxKeys: 45 })
    fc.assert(
      fc.property(fc.array(map, { minLength: 300, maxLength: 400 }), (maps) => {
        for (const one of [...maps, ...maps.map((map) => reversed(map))]) {
          const keys = Object.keys(one as object).sort()
          const members = keys.map((name) => {
            const value = (one as { readonly [name: string]: number })[name]
            return `${JSON.stringify(name)}:${JSON.stringify(value)}`
          })
          if (!keys.some(isBroken)) expect(textOf(one)).toBe(`{${members.join(',')}}`)
        }
      }),
      { numRuns: 5 },
    )
  })

  test('law: different values give different texts', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const same = textOf(a) === textOf(b)
        expect(same).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)))
      }),
    )
  })
})

/** Half a surrogate pair cannot be written. */
function isBroken(text: string): boolean {
  return /\p{Surrogate}/u.test(text)
}

/** An independent way to one order of keys: a list of sorted entries. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return ['list', value.map(sorted)]
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const)
  return ['map', entries.sort(([a], [b]) => (a < b ? -1 : 1))]
}

describe('identity of a profile', () => {
  test('is golden: a program that hashes this profile otherwise breaks old evidence', () => {
    expect(identityOf(minimalProfile())).toBe(
      'c348e7738547f84ff85a14fb9980bfbbbb187f1fe67623befef944e7ed2bab9e',
    )
  })

  test('does not depend on the order of keys', () => {
    expect(identityOf(reversed(minimalProfile()))).toBe(identityOf(minimalProfile()))
  })

  test('does not depend on defaults being written out', () => {
    const profile = minimalProfile()
    const requirements = profile.requirements.map((line) => ({ ...line, farEnds: 'both' }))
    expect(identityOf({ ...profile, requirements, notes: [] })).toBe(identityOf(profile))
  })

  test('is another one after any single change of a value', () => {
    const before = identityOf(minimalProfile())
    const changes = everyChange(minimalProfile())
    expect(changes.length).toBeGreaterThan(25)
    for (const [path, changed] of changes) expect(identityOf(changed), path).not.toBe(before)
  })
})

/** One copy for each leaf that may hold another value, with that value changed. */
function everyChange(profile: unknown): [path: string, changed: unknown][] {
  const found: [string, unknown][] = []
  const walk = (value: unknown, path: string, put: (inner: unknown) => unknown): void => {
    if (Array.isArray(value)) {
      value.forEach((item, i) => {
        walk(item, `${path}/${i}`, (inner) => put(value.with(i, inner)))
      })
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        walk(item, `${path}/${key}`, (inner) => put({ ...value, [key]: inner }))
      }
    } else {
      for (const other of others(value)) {
        const changed = put(other)
        if (parseProfile(changed).ok) found.push([path, changed])
      }
    }
  }
  walk(profile, '', (inner) => inner)
  return found
}

function others(value: unknown): unknown[] {
  if (typeof value === 'number') return [value + 1]
  if (typeof value === 'boolean') return [!value]
  return [
    `${value}x`,
    'LCM',
    'mean',
    'g729',
    'site',
    'high',
    'Internet',
    'MON',
    'site-site',
    '1.0.1',
    'VRN-9',
  ]
    .filter((other) => other !== value)
    .slice(0, 11)
}
