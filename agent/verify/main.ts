import process from 'node:process'
import { EXIT, Fault } from '../../shared/errors.ts'
import { runVerify } from './run.ts'
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

if (!isPayloadThread) process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  try {
    return await run([...argv])
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    process.stderr.write(`verify: ${error.message}\n`)
    return error.exit
  }
}

async function run(argv: string[]): Promise<number> {
  const keys = { agentKey: [], reflectorKey: [], logKey: [], witnessKey: [] } as {
    [K in (typeof NAMES)[keyof typeof NAMES]]: string[]
  }
  const files: string[] = []
  let json = false
  let expect: string | undefined
  let policy: string | undefined
  for (let word = argv.shift(); word !== undefined; word = argv.shift()) {
    if (word === '--json') json = true
    else if (word === '--expect') expect = argv.shift()
    else if (word === '--policy') policy = argv.shift() ?? ''
    else if (word in NAMES) keys[NAMES[word as keyof typeof NAMES]].push(argv.shift() ?? '')
    else if (word.startsWith('-')) return usage(`${word}: no such option`)
    else files.push(word)
  }
  const [file] = files
  if (file === undefined) return usage('wanted the file of a bundle, found none')
  if (files.length > 1) {
    return usage(
      `wanted one file, found ${files.join(' and ')}; a second key needs its option again`,
    )
  }
  const given = {
    ...(expect === undefined ? {} : { expect }),
    ...(policy === undefined ? {} : { policy }),
  }
  const options = { ...keys, json, ...given }
  return runVerify(file, options, (text) => process.stdout.write(text))
}

function usage(why: string): number {
  process.stderr.write(`verify: ${why}\n${USAGE}`)
  return EXIT.usage
}
