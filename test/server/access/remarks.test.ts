import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

test.each([
  ['tokens', 'add', '--agent', 'leeds-1', '--site', 'leeds'],
  ['enrol', 'create', '--site', 'leeds'],
  ['users', 'add', 'ann'],
])(
  'collector %s %s: what is said beside the result is words, or with --json lines of JSON',
  {
    timeout: 60_000,
  },
  async (...words) => {
    const args = ['collector', ...words, '--data', join(temporaryDirectory(), 'data')]
    const plain = await run(args)
    expect([plain.code, plain.err]).toEqual([0, expect.stringMatching(/not shown again/)])
    const again = words.map((word) => (word === 'ann' ? 'bob' : word))
    const json = await run(['--json', 'collector', ...again, ...args.slice(-2)])
    expect(json.code).toBe(0)
    const lines = json.err.trim().split('\n')
    const said = lines.map((line) => JSON.parse(line) as { readonly message: string })
    expect(said[0]).toMatchObject({
      level: 'info',
      message: expect.stringMatching(/not shown again/),
    })
    expect(Object.keys(JSON.parse(json.out)).length).toBeGreaterThan(1)
  },
)
