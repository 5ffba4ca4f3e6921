import { EXIT, Fault } from '../../shared/errors.ts'

/**
 * Prints one line for people, no stack: a fault says where, what was wanted, what was found, and how
 * to mend it. Returns the exit code.
 */
export function explain(error: unknown): number {
  if (isUsage(error)) return error.exitCode === 0 ? EXIT.pass : EXIT.usage
  if (error instanceof Fault) {
    process.stderr.write(`voip-ready: ${error.message}\n`)
    return error.exit
  }
  const found = error instanceof Error ? error : new Error(String(error))
  process.stderr.write(`voip-ready: this is a defect of the program: ${found.message}\n`)
  if (process.env.VOIP_READY_DEBUG !== undefined) process.stderr.write(`${found.stack}\n`)
  else process.stderr.write('set VOIP_READY_DEBUG=1 to see where, and report it\n')
  return EXIT.environment
}

/** What the parser throws has been printed already; told by its name, so that nothing loads it here. */
function isUsage(error: unknown): error is { readonly exitCode: number } {
  return error instanceof Error && error.name === 'CommanderError'
}
