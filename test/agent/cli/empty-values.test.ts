import { expect, test } from 'vitest'
import { run } from '../../support/program.ts'

/** What a shell makes of an option whose variable was never set. */
test.each([
  [['verify', 'a.bundle', '--log-key', ''], '--log-key <key...>'],
  [['verify', ''], '<file>'],
  [['compare', 'a.bundle', ' ', '--log-key', 'log.vkey'], '<b>'],
  [['compare', 'a', 'b', '--agent-key', 'x', ''], '--agent-key <key...>'],
  [['check', '--site', ''], '--site <file>'],
  [['bundle', ...'--site leeds --from a --to b --out c --collector'.split(' '), ''], '--collector'],
  [['campaign', 'status', 'c.yaml', '--state', ''], '--state <dir>'],
  [['witness', 'run', '--logs', '', '--state', 's'], '--logs <file>'],
  [['agent', 'enrol', 'http://127.0.0.1:1#a.b', '--state', ''], '--state <dir>'],
  [['reflector', 'run', '--keys', ''], '--keys <file>'],
  [['collector', 'run', 'list', 'leeds', '--token-file', ''], '--token-file <file>'],
  [['collector', '--data', ''], '--data <dir>'],
  [['check', '--site='], '--site <file>'],
  [['agent', '--checks', 'off', '--state', ''], '--state <dir>'],
])('%j is refused by name', async (args, where) => {
  const { code, out, err } = await run(args)
  expect([code, out]).toEqual([3, ''])
  expect(err).toContain(`voip-ready: ${where}`)
  expect(err).toContain('wanted a value, found ""; give it, or leave it out')
})

test('what an option is turned into may be empty: off means off', async () => {
  const { code, err } = await run(['agent', '--site', '/nowhere/site.yaml', '--checks', 'off'])
  expect(code).toBe(3)
  expect(err).not.toContain('--checks')
})

test('a wrong usage points to the help of the command that was asked for', async () => {
  const told = async (...args: string[]) => (await run(args)).err
  expect(await told('campaign', 'run', '--nope')).toContain('(see voip-ready campaign run --help)')
  expect(await told('--json', 'compare', 'a')).toContain('(see voip-ready compare --help)')
  expect(await told('nonsense')).toContain('(see voip-ready --help)')
})
