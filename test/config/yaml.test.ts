import { expect, test } from 'vitest'
import { readYaml } from '../../config/yaml.ts'

test('values come with the places of themselves and of their keys', async () => {
  const read = await readYaml('a: 1\nlist:\n  - x: "two"\n  - [3, 4]\n"b/c~d": null\n')
  expect(read).toEqual({
    ok: true,
    value: {
      value: { a: 1, list: [{ x: 'two' }, [3, 4]], 'b/c~d': null },
      places: {
        '': [1, 1, 1, 1],
        '/a': [1, 4, 1, 1],
        '/list': [3, 3, 2, 1],
        '/list/0': [3, 5, 3, 5],
        '/list/0/x': [3, 8, 3, 5],
        '/list/1': [4, 5, 4, 5],
        '/list/1/0': [4, 6, 4, 6],
        '/list/1/1': [4, 9, 4, 9],
        '/b~1c~0d': [5, 10, 5, 1],
      },
    },
  })
})

test('words of YAML 1.1 are text: yes, no, on, octal and sexagesimal numbers keep their letters', async () => {
  const read = await readYaml('[yes, no, on, off, 0777, 12:30:45, 1_000, 2018-09-10]')
  expect(read).toMatchObject({
    value: { value: ['yes', 'no', 'on', 'off', 777, '12:30:45', '1_000', '2018-09-10'] },
  })
})

test('aliases are followed', async () => {
  expect(await readYaml('a: &x [1]\nb: *x')).toMatchObject({ value: { value: { a: [1], b: [1] } } })
})

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdefghi'.split('').map((name, i) => {
    const before = `*${'abcdefgh'[i]}`
    return `${name}: &${name} [${Array(9).fill(before).join(', ')}]`
  }),
].join('\n')

test.each([
  ['an alias bomb', bomb, 'at most 50000 values', 'more (through aliases?)'],
  ['an alias to itself', 'a: &a [*a]', 'at most 64 levels', 'deeper nesting'],
  ['an alias to nothing', 'a: *b', 'an anchor that was set before', '*b'],
  ['100 000 open brackets', '['.repeat(100_000), 'at most 64 levels', 'far deeper nesting'],
  ['100 lists in each other', `${'- '.repeat(100)}x`, 'at most 64 levels', 'deeper nesting'],
  [
    '100 000 lists in each other',
    '- '.repeat(100_000),
    'at most 256 columns of indentation',
    'more',
  ],
  [
    'a value 100 000 columns in',
    `a:\n${' '.repeat(100_000)}b: 1`,
    'at most 256 columns of indentation',
    'more',
  ],
  ['a key twice', 'a: 1\na: 2', 'every key once in its map', 'the same key again'],
  ['two documents', 'a: 1\n---\nb: 2', 'one document', 'a second one'],
  ['YAML 1.1', '%YAML 1.1\n---\na: yes', 'YAML 1.2', 'YAML 1.1'],
  ['an unknown tag', 'a: !!js/function "x"', 'plain values', 'an unknown tag'],
  ['binary by tag', 'a: !!binary aGVsbG8=', 'plain values', 'an unknown tag'],
  ['a tab to indent', 'a:\n\tb: 1', 'spaces to indent', 'a tab'],
  ['no number', 'a: .nan', 'a finite number', 'NaN'],
  ['an endless number', 'a: -.inf', 'a finite number', '-Infinity'],
  ['a number as a key', '160: a', 'text as a key', '160'],
  ['a list as a key', '? [a]\n: b', 'text as a key', 'something else'],
  ['the name of the prototype', '__proto__: {a: 1}', 'a key of the schema', '__proto__'],
  ['two colons on a line', 'a: b: c', 'one key and value on a line', 'a second colon'],
  ['an open quote', 'a: "b', 'the closing quote or bracket, or a colon', 'none'],
])('%s is refused', async (_name, text, wanted, found) => {
  expect(await readYaml(text)).toMatchObject({ ok: false, error: { wanted, found } })
})

test('a refusal names line and column', async () => {
  const read = await readYaml('a: 1\nb:\n  c: 1\n  c: 2\n')
  expect(read).toMatchObject({ error: { line: 4, column: 3 } })
})
