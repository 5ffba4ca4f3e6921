import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run, start } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

test('an agent that follows a plan says that --checks is not what counts', {
  timeout: 120_000,
}, async () => {
  const folder = temporaryDirectory()
  const [data, state] = [join(folder, 'data'), join(folder, 'agent')]
  const collector = start(['collector', '--listen', '127.0.0.1:0', '--data', data])
  await collector.says(/listening/)
  const made = await run(['collector', 'enrol', 'create', '--site', 'leeds', '--data', data])
  await run(['agent', 'enrol', /'([^']+)'/.exec(made.out)?.[1] ?? '', '--state', state])
  const agent = start(['agent', '--state', state, '--checks', '5m', '--rows-size', 'off'])
  const said = await agent.says(/waiting for the collector/)
  expect(said).toContain('--checks is not used: the plan says how often')
  agent.child.kill('SIGTERM')
  expect((await agent.ended).code).toBe(0)
})
