import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run, start } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

test('the key is shown by the name that the reflector signs by', { timeout: 60_000 }, async () => {
  const state = temporaryDirectory()
  const keys = join(state, 'keys.json')
  await run(['reflector', 'keys', 'add', 'leeds', '--keys', keys])
  const show = async (...words: string[]) =>
    (await run(['reflector', 'key', 'show', '--state', state, ...words])).out.trim()
  const signs = async (...words: string[]) => {
    const listen = ['--listen', '127.0.0.1:0', '--keys', keys, '--state', state]
    const running = start(['reflector', 'run', ...listen, ...words])
    const said = await running.says(/signs receipts: \S+/)
    running.child.kill('SIGTERM')
    await running.ended
    return /signs receipts: (\S+)/.exec(said)?.[1]
  }
  const named = await signs('--name', 'dc1')
  expect(named).toMatch(/^voip-ready-reflector\/dc1\+/)
  expect(await show()).toBe(named)
  expect(await show('--name', 'dc2')).toMatch(/^voip-ready-reflector\/dc2\+/)
  const byHost = await signs()
  expect(byHost).not.toBe(named)
  expect(await show()).toBe(byHost)
})
