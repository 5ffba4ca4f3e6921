import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { programFor } from '../../../agent/cli/program.ts'
import { addCollectorCommands } from '../../../server/cli.ts'

const PROMPT = '  voip-ready '

/** Every command by its words, with what its help says; rooms are asked for one by one, as users do. */
async function everyHelp(): Promise<ReadonlyMap<string, string>> {
  const helps = new Map<string, string>()
  const asked = [['check'], ['agent', 'rows'], ['agent'], ['collector'], ['reflector'], ['witness']]
  for (const argv of asked) {
    const program = await programFor(argv, {
      collector: async (of) => addCollectorCommands(of, async () => ''),
    })
    // The last word is the fullest: `agent` alone says other things than as the room of its parts.
    for (const [name, text] of walk(program, [])) {
      if (argv[0] === 'check' || name.startsWith(argv[0] ?? '')) helps.set(name, text)
    }
  }
  return helps
}

function* walk(command: Command, path: readonly string[]): Generator<[string, string]> {
  yield [path.join(' '), helpOf(command)]
  for (const sub of command.commands) yield* walk(sub, [...path, sub.name()])
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 80 })
  command.outputHelp()
  return text
}

/** Examples of a help, each on one line. */
function examplesIn(text: string): string[] {
  return text
    .replaceAll(/ \\\n +/g, ' ')
    .split('\n')
    .filter((line) => line.startsWith(PROMPT) && !line.includes('...'))
    .map((line) => line.trim())
}

test('every command has an example; examples name commands and options that there are', async () => {
  const helps = await everyHelp()
  expect(helps.size).toBeGreaterThan(60)
  const wrong = [...helps].flatMap(([name, text]) => {
    const examples = examplesIn(text)
    const long = text.split('\n').filter((line) => line.length > 100)
    return [
      ...(examples.length === 0 ? ['no example'] : []),
      ...long.map((line) => `longer than 100: ${line}`),
      ...examples.flatMap((example) => strangersIn(example, helps)),
    ].map((fault) => `${name || 'voip-ready'}: ${fault}`)
  })
  expect(wrong).toEqual([])
})

test('the help of what is typed beside a collector has none of how one serves', async () => {
  const helps = await everyHelp()
  const having = [...helps].filter(([, text]) => text.includes('--keep-records'))
  expect(having.map(([name]) => name)).toEqual(['collector'])
  expect(helps.get('collector plan put')).toContain('--data <dir>')
})

/** What an example asks for that no command or option is. */
function strangersIn(example: string, helps: ReadonlyMap<string, string>): string[] {
  const words = example.split(' ').slice(1)
  let command = ''
  for (const word of words) {
    const longer = `${command} ${word}`.trim()
    if (!helps.has(longer)) break
    command = longer
  }
  if (command === '') return [`no such command: ${example}`]
  const [own = ''] = helps.get(command)?.split(/\nExamples?:/) ?? []
  const options = new Set(own.match(/--[a-z][a-z-]*/g))
  return words
    .filter((word) => word.startsWith('--') && !options.has(word))
    .map((option) => `no ${option} in: ${example}`)
}
