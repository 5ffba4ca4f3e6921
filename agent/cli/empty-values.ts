import type { Command } from 'commander'
import { Fault } from '../../shared/errors.ts'

/**
 * Refuses an option or argument that was given and holds nothing, of a command and those it stands
 * under: `--log-key "$KEY"` of a shell where KEY was never set would else mean that none was asked for.
 * @throws Fault USAGE naming it
 */
export function refuseEmptyValues(command: Command): void {
  for (let at: Command | null = command; at !== null; at = at.parent) {
    for (const option of at.options) {
      const name = option.attributeName()
      if (at.getOptionValueSource(name) !== 'cli') continue
      if (holdsNothing(at.getOptionValue(name))) throw empty(option.flags)
    }
  }
  command.registeredArguments.forEach((argument, at) => {
    if (holdsNothing(command.args[at])) throw empty(`<${argument.name()}>`)
  })
}

function holdsNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsNothing)
  return typeof value === 'string' && value.trim() === ''
}

function empty(where: string): Fault {
  const repair = 'give it, or leave it out (a shell leaves "$NAME" empty where NAME was never set)'
  return new Fault('USAGE', where, 'a value', '""', repair)
}
