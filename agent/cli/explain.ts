import { EXIT, errorDocument, Fault } from '../../shared/errors.ts'

/** True where `--json` stands anywhere on the line: it holds for every command, and for its errors. */
export function wantsJson(argv: readonly string[]): boolean {
  return argv.includes('--json')
}

/**
 * Prints one line, no stack: a fault says where, what was wanted, what was found, and how to mend it,
 * for people or, with `--json`, as an object of these. Returns the exit code.
 */
export function explain(error: unknown, argv: readonly string[]): number {
  if (isUsage(error)) return error.exitCode === 0 ? EXIT.pass : EXIT.usage
  const asJson = wantsJson(argv)
  if (error instanceof Fault) {
    process.stderr.write(asJson ? errorDocument(error) : `voip-ready: ${error.message}\n`)
    return error.exit
  }
  const found = error instanceof Error ? error : new Error(String(error))
  const message = `this is a defect of the program: ${found.message}`
  const repair = 'set VOIP_READY_DEBUG=1 to see where, and report it'
  const document = { code: 'DEFECT', exit: EXIT.environment, message, repair } as const
  const debug = process.env.VOIP_READY_DEBUG !== undefined
  process.stderr.write(asJson ? errorDocument(document) : `voip-ready: ${message}\n`)
  if (debug) process.stderr.write(`${found.stack}\n`)
  else if (!asJson) process.stderr.write(`${repair}\n`)
  return EXIT.environment
}

/** What the parser throws has been printed already; told by its name, so that nothing loads it here. */
function isUsage(error: unknown): error is { readonly exitCode: number } {
  return error instanceof Error && error.name === 'CommanderError'
}
