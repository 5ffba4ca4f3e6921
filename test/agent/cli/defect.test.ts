import { expect, test } from 'vitest'
import { EXIT } from '../../../shared/errors.ts'
import { start } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

/** Throws behind the program's back, as a callback of a socket would, once it listens. */
const DEFECT = `const write = process.stdout.write.bind(process.stdout)
process.stdout.write = (text, ...rest) => {
  if (/listening/.test(text)) setImmediate(() => { throw new Error('nobody foresaw it') })
  return write(text, ...rest)
}`

test('a defect that nothing catches ends with 4 and its name, never as a network that fails', async () => {
  const folder = temporaryDirectory()
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(DEFECT)}` }
  const run = (args: readonly string[]) =>
    start(['reflector', 'run', '--listen', '127.0.0.1:0', '--keys', `${folder}/k`, ...args], env)
  await start(['reflector', 'keys', 'add', 'one', '--keys', `${folder}/k`]).ended
  const [plain, json] = await Promise.all([run([]).ended, run(['--json']).ended])
  expect([plain.code, json.code]).toEqual([EXIT.environment, EXIT.environment])
  expect(plain.err).toContain('this is a defect of the program: nobody foresaw it')
  // What a small disk makes it say comes before.
  const last = json.err.trim().split('\n').at(-1) ?? ''
  expect(JSON.parse(last).error).toMatchObject({ code: 'DEFECT', exit: EXIT.environment })
})
