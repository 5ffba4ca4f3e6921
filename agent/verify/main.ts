import process from 'node:process'
import { EXIT, errorDocument, Fault } from '../../shared/errors.ts'
import { showOnly } from '../../shared/terminal-text.ts'
import { runVerify, type VerifyOptions } from './run.ts'
import { isPayloadThread } from './thread.ts'

/** `voip-ready verify` alone, without the rest of the program: node verify.mjs FILE --log-key ... */
const USAGE = `Usage: node verify.mjs FILE [--agent-key K]... [--reflector-key K]... [--log-key K]...
  [--witness-key K]... [--policy FILE] [--expect PASS] [--json]
K is a verifier key (name+id+base64) or a file with one on each line. Nothing is sent anywhere.
Exit: 0 verified, 1 not as expected, 2 in part, 3 usage, 4 not readable, 5 invalid.
`
const NAMES = {
  '--agent-key': 'agentKey',
  '--reflector-key': 'reflectorKey',
  '--log-key': 'logKey',
  '--witness-key': 'witnessKey',
} as const

const VALUED = new Set([...Object.keys(NAMES), '--policy', '--expect'])

if (!isPayloadThread) process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) showOnly(stream)
  try {
    return await run([...argv])
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    process.stderr.write(
      argv.includes('--json') ? errorDocument(error) : `verify: ${error.message}\n`,
    )
    return error.exit
  }
}

async function run(argv: string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(USAGE)
    return EXIT.pass
  }
  const asJson = argv.includes('--json')
  const usage = (why: string) => refuseUsage(why, asJson)
  const read = readArguments(argv)
  if (typeof read === 'string') return usage(read)
  const { files, options } = read
  const { expect = 'PASS' } = options
  if (expect !== 'PASS') return usage(`--expect: wanted PASS, found ${expect}`)
  const [file] = files
  if (file === undefined) return usage('wanted the file of a bundle, found none')
  if (files.length > 1) {
    return usage(
      `wanted one file, found ${files.join(' and ')}; a second key needs its option again`,
    )
  }
  return runVerify(file, options, (text) => process.stdout.write(text))
}

type Keys = { [K in (typeof NAMES)[keyof typeof NAMES]]: string[] }

/** What was asked for; the reason where it is none. */
function readArguments(
  argv: string[],
): { readonly files: readonly string[]; readonly options: VerifyOptions } | string {
  const keys: Keys = { agentKey: [], reflectorKey: [], logKey: [], witnessKey: [] }
  const files: string[] = []
  const rest: { json?: boolean; expect?: string; policy?: string } = {}
  for (let word = argv.shift(); word !== undefined; word = argv.shift()) {
    if (word === '--json') rest.json = true
    else if (VALUED.has(word)) {
      const value = argv.shift() ?? ''
      if (value.trim() === '' || value.startsWith('--')) {
        return `${word}: wanted a value, found ${JSON.stringify(value)}`
      }
      if (word === '--expect') rest.expect = value
      else if (word === '--policy') rest.policy = value
      else keys[NAMES[word as keyof typeof NAMES]].push(value)
    } else if (word.startsWith('-')) return `${word}: no such option`
    else files.push(word)
  }
  return { files, options: { ...keys, ...rest } }
}

function refuseUsage(message: string, asJson: boolean): number {
  const document = { code: 'USAGE', exit: EXIT.usage, message, repair: 'see --help' } as const
  process.stderr.write(asJson ? errorDocument(document) : `verify: ${message}\n${USAGE}`)
  return EXIT.usage
}
