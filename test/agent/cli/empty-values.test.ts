import { expect, test } from 'vitest'
import { run, start } from '../../support/program.ts'

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

test('off means off: neither refused as empty, nor turned into a text that is one', async () => {
  const args = ['agent', '--site', 'site.yaml', '--checks', 'off', '--rows-size', 'off']
  const { code, out } = await start(args, { VOIP_READY_PRINT_OPTIONS: '1' }).ended
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ checks: 0, rowsSize: 0, spoolSize: 2e9 })
})

test('a wrong usage points to the help of the command that was asked for', async () => {
  const told = async (...args: string[]) => (await run(args)).err
  expect(await told('campaign', 'run', '--nope')).toContain('(see voip-ready campaign run --help)')
  expect(await told('--json', 'compare', 'a')).toContain('"repair":"see voip-ready compare --help"')
  expect(await told('nonsense')).toContain('(see voip-ready --help)')
})
