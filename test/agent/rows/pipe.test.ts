import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROGRAM } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { ringIn, START, windowAt } from './made.ts'

test('a reader that has enough ends nothing with an error, and the exit code stays what was found', async () => {
  const state = temporaryDirectory()
  const { ring } = ringIn(join(state, 'rows'))
  const { note, bytes } = windowAt(START, 20_000)
  ring.offer(note, bytes)
  await ring.close()
  const at = ['--at', new Date(START + 1000).toISOString(), '--packets', '--format', 'csv']
  const shown = [process.execPath, PROGRAM, 'agent', 'rows', 'show', '--state', state, ...at]
  const script = `set -o pipefail; "$@" | head -n 1`
  const ended = spawnSync('bash', ['-c', script, 'bash', ...shown], { encoding: 'utf8' })
  expect(ended.stderr).toBe('')
  expect(ended.stdout).toMatch(/^stream,sequence/)
  expect(ended.status).toBe(0)
})
