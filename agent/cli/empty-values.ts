import type { Command } from 'commander'
import { Fault } from '../../shared/errors.ts'

/**
 * Refuses an option or argument that was given and holds nothing, of a command and those it stands
 * under: `--log-key "$KEY"` of a shell where KEY was never set would else mean that none was asked for.
 * Read off the command line itself: what an option is turned into may be empty and mean something.
 * @throws Fault USAGE naming it
 */
export function refuseEmptyValues(command: Command, argv: readonly string[]): void {
  const at = argv.findIndex((word) => /^(--[a-z-]+=)?\s*$/.test(word))
  if (at === -1) return
  const [inline = ''] = argv[at]?.split('=') ?? []
  const before = argv.slice(0, at)
  const flag = inline.startsWith('--') ? inline : before.findLast((word) => word.startsWith('-'))
  const option = optionsOf(command).find(({ long }) => flag !== undefined && flag === long)
  const isNext = flag === inline || flag === before.at(-1)
  const takes = option !== undefined && (option.required || option.optional)
  if (takes && (isNext || option.variadic)) throw empty(option.flags)
  command.registeredArguments.forEach((argument, position) => {
    if (command.args[position]?.trim() === '') throw empty(`<${argument.name()}>`)
  })
}

function optionsOf(command: Command | null): Command['options'] {
  return command === null ? [] : [...command.options, ...optionsOf(command.parent)]
}

function empty(where: string): Fault {
  const repair = 'give it, or leave it out (a shell leaves "$NAME" empty where NAME was never set)'
  return new Fault('USAGE', where, 'a value', '""', repair)
}
