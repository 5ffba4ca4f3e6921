import { userInfo } from 'node:os'
import type { AccessDesk } from './desk.ts'
import type { DeskPlace } from './open-desk.ts'

/** Options that every command of `collector` shares. */
export interface ConsoleOptions extends DeskPlace {
  readonly tokens?: string
  readonly json?: boolean
}

/** As the audit names who works on the command line. */
export function consoleActor(): string {
  try {
    return `console:${userInfo().username}`
  } catch {
    return `console:${process.getuid?.() ?? 'unknown'}`
  }
}

/**
 * As openDesk, on a store that is there; it is loaded by those alone who work on one.
 * @throws Fault STORE where there is none: a mistyped `--data` is told, and nothing is made there
 */
export async function atDesk<T>(
  options: ConsoleOptions,
  act: (desk: AccessDesk) => Promise<T>,
): Promise<T> {
  const { openDesk, requireStore } = await import('./open-desk.ts')
  requireStore(options)
  return openDesk(options, act)
}

/** The same, and where there is no store yet one is made: for what is done before a collector's first start. */
export async function atNewDesk<T>(
  options: ConsoleOptions,
  act: (desk: AccessDesk) => Promise<T>,
): Promise<T> {
  const { openDesk } = await import('./open-desk.ts')
  return openDesk(options, act)
}

/** JSON where it was asked for, lines for a person elsewhere. */
export function print(options: ConsoleOptions, json: unknown, lines: readonly string[]): void {
  process.stdout.write(
    options.json === true ? `${JSON.stringify(json)}\n` : `${lines.join('\n')}\n`,
  )
}

export const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
