import { join } from 'node:path'
import type { Command } from 'commander'
import { afterEach, expect, test, vi } from 'vitest'
import { programFor, runProgram } from '../../../agent/cli/program.ts'
import { addCollectorCommands } from '../../../server/cli.ts'
import { EXIT } from '../../../shared/errors.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

const ROLES = { collector: async (of: Command) => addCollectorCommands(of, async () => '') }
const ROOMS = [['check'], ['agent', 'rows'], ['agent'], ['collector'], ['reflector'], ['witness']]

afterEach(() => vi.restoreAllMocks())

/** Every command that can be run, by its words, from the program's own table. */
async function everyCommand(): Promise<string[][]> {
  const found = new Map<string, string[]>()
  for (const argv of ROOMS) {
    for (const path of leaves(await programFor(argv, ROLES), []))
      if (argv[0] === 'check' || path[0] === argv[0]) found.set(path.join(' '), path)
  }
  return [...found.values()]
}

function* leaves(command: Command, path: readonly string[]): Generator<string[]> {
  if (command.commands.length === 0) yield [...path]
  for (const sub of command.commands) yield* leaves(sub, [...path, sub.name()])
}

/** What was printed, and the exit code. */
async function run(argv: readonly string[]) {
  const said = { out: '', err: '' }
  const keep = (which: 'out' | 'err') => (text: string | Uint8Array) => {
    said[which] += String(text)
    return true
  }
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(keep('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(keep('err')),
  ]
  const before = process.exitCode
  const code = await runProgram(argv, ROLES)
  process.exitCode = before
  for (const spy of spies) spy.mockRestore()
  return { ...said, code }
}

test('with --json every command says in one line of JSON that it was asked wrongly', async () => {
  const commands = await everyCommand()
  expect(commands.length).toBeGreaterThan(50)
  for (const path of commands) {
    const { out, err, code } = await run([...path, '--json', '--no-such-option'])
    expect([code, out], path.join(' ')).toEqual([EXIT.usage, ''])
    expect(err.trimEnd().split('\n'), path.join(' ')).toHaveLength(1)
    expect(JSON.parse(err), path.join(' ')).toEqual({
      error: {
        code: 'USAGE',
        exit: EXIT.usage,
        message: expect.stringMatching(
          /unknown option '--no-such-option'|required option|missing required argument/,
        ),
        repair: expect.stringMatching(/^see voip-ready .*--help$/),
      },
    })
  }
})

test('a fault is told in its parts, wherever --json stands; without it in a line for people', async () => {
  const file = join(temporaryDirectory(), 'none.yaml')
  for (const argv of [
    ['--json', 'check', '--site', file],
    ['check', '--site', file, '--json'],
  ]) {
    const { out, err, code } = await run(argv)
    expect([code, out]).toEqual([EXIT.usage, ''])
    const { error } = JSON.parse(err)
    const { where, wanted, found, repair, message } = error
    expect(error).toMatchObject({ code: 'CONFIG_READ', exit: EXIT.usage, where: file })
    expect(message).toBe(`${where}: wanted ${wanted}, found ${found}; ${repair}`)
  }
  const { err } = await run(['check', '--site', file])
  expect(err).toMatch(/^voip-ready: .*none\.yaml: wanted .*, found .*; .*\n$/)
})
