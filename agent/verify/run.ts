import { existsSync, readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { EXIT, Fault } from '../../shared/errors.ts'
import { type Policy, parsePolicy } from '../../shared/evidence/policy.ts'
import { parseVkey, type Vkey } from '../../shared/evidence/vkey.ts'
import { openAndExamine, type Trust, type VerifiedFile } from '../../shared/opening/examine.ts'
import { nodeTools } from '../../shared/opening/tools.ts'
import { ok, type Result } from '../../shared/result.ts'
import { terminalLine } from '../../shared/terminal-text.ts'
import { renderVerification } from './render.ts'
import { startAside } from './thread.ts'

export interface VerifyOptions {
  /** Verifier keys, or files that hold one on each line. */
  readonly agentKey: readonly string[]
  readonly reflectorKey: readonly string[]
  readonly logKey: readonly string[]
  readonly witnessKey: readonly string[]
  /** File of a policy (C2SP tlog-policy): whose logs count, and which witnesses must have cosigned. */
  readonly policy?: string
  readonly expect?: string
  readonly json?: boolean
}

/**
 * What is asked of V8 while it verifies. None of it bounds anything: whatever a larger bundle needs it
 * gets. A Node that knew no such flag would say so on stderr, and go on.
 */
const SPARING = [
  /**
   * By so much the heap may grow before it is cleared: V8 would let it fill to three times what lives
   * in it. Half of it would be paid for with a tenth more CPU, beside both threads; more with memory: a
   * month takes 245 to 265 MB, and at 220 up to twenty more.
   */
  '--heap-growing-percent=160',
  /** Each thread clears what is young by itself: helpers would have to be waited for, on cores in use. */
  '--no-parallel-scavenge',
  /** Half of what it would put into one function: making code costs more here than a call. */
  '--max-inlined-bytecode-size-cumulative=460',
]

/**
 * Verifies a file and prints what was found; the exit code (see README.md).
 * @throws Fault CONFIG_READ or CONFIG_VALUE for keys, STORE when the file cannot be read
 */
export async function runVerify(
  file: string,
  options: VerifyOptions,
  print: (text: string) => void,
): Promise<number> {
  for (const flag of SPARING) setFlagsFromString(flag)
  const read = await verifyFile(file, options)
  if (!read.ok) {
    const answer = { file, valid: false, complete: false, why: read.error }
    print(
      options.json
        ? `${JSON.stringify(answer)}\n`
        : `${file}\nINVALID: ${terminalLine(read.error)}\n`,
    )
    return EXIT.evidence
  }
  const { sha256, found } = read.value
  print(
    options.json
      ? `${JSON.stringify({ file, sha256, ...found })}\n`
      : renderVerification(found, file, sha256),
  )
  if (!found.valid) return EXIT.evidence
  const met = found.intervals.every(({ overall }) => overall === 'READY')
  if (options.expect === 'PASS' && !met) return EXIT.fail
  return found.complete ? EXIT.pass : EXIT.inconclusive
}

/** Opens and verifies a file; the reason when it is no bundle. @throws Fault as runVerify does */
export async function verifyFile(
  file: string,
  options: VerifyOptions,
): Promise<Result<VerifiedFile, string>> {
  const trust = trustGiven(options)
  const read = await examineOctets(readOctets(file), trust)
  if (!read.ok) return read
  const { sha256, examined } = read.value
  return ok({ sha256, keys: trust.keys, ...examined })
}

/** A bundle of so many octets is worth starting a thread for: some hours of one site. */
const LEAST_FOR_THREAD = 500_000

/**
 * Verifies the octets of a bundle; the reason when they are none.
 * @param leastForThread octets from which on a second thread helps; what is found is the same
 */
export function examineOctets(octets: Uint8Array, trust: Trust, leastForThread?: number) {
  return besideThread(octets, trust, (all) => openAndExamine(octets, all), leastForThread)
}

/** Does work on a bundle with a thread beside it where the bundle is large; it ends with the work. */
export async function besideThread<T>(
  octets: Uint8Array,
  trust: Trust,
  work: (trust: Trust) => Promise<T>,
  leastForThread = LEAST_FOR_THREAD,
): Promise<T> {
  const aside = octets.length >= leastForThread ? startAside() : null
  try {
    return await work(aside === null ? trust : { ...trust, aside })
  } finally {
    await aside?.close()
  }
}

/** Keys and policy that the options name. @throws Fault CONFIG_VALUE when one is none */
export function trustGiven(options: VerifyOptions): Trust {
  const policy = options.policy === undefined ? null : policyOf(options.policy)
  const keys = {
    agent: keysOf('--agent-key', options.agentKey),
    reflector: keysOf('--reflector-key', options.reflectorKey),
    log: [...keysOf('--log-key', options.logKey), ...keysIn(policy?.logs)],
    witness: [...keysOf('--witness-key', options.witnessKey), ...keysIn(policy?.witnesses)],
  }
  return { keys, ...(policy === null ? {} : { policy }) }
}

const KEY_FORM = 'a verifier key (name+id+base64), or a file with one on each line'

function keysOf(option: string, given: readonly string[]): Vkey[] {
  return given.flatMap((one) => {
    const isFile = one !== '' && existsSync(one)
    const lines = (isFile ? textOf(option, one) : one)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
    // Taken for nothing, it would read as if no key had been asked for.
    const none = isFile ? `no key in ${one}` : 'nothing'
    if (lines.length === 0) throw new Fault('CONFIG_VALUE', option, KEY_FORM, none)
    return lines.map((line) => {
      const key = parseVkey(nodeTools, line)
      if (!key.ok)
        throw noKey(option, isFile ? `${one}: ${key.error}` : `${one}: no file, and ${key.error}`)
      refuseMisplaced(option, key.value.name)
      return key.value
    })
  })
}

function noKey(option: string, found: string): Fault {
  return new Fault('CONFIG_VALUE', option, KEY_FORM, found.slice(0, 200))
}

function textOf(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Fault('CONFIG_READ', `${option} ${file}`, KEY_FORM, (error as Error).message)
  }
}

/** Whose key is whose stands in its name: one that is given for another's would make all of it invalid. */
function refuseMisplaced(option: string, name: string): void {
  const whose = ['agent', 'reflector', 'log'].find((one) => name.startsWith(`voip-ready-${one}/`))
  if (whose === undefined || option === `--${whose}-key`) return
  const repair = `give it as --${whose}-key, or another file here`
  throw new Fault('CONFIG_VALUE', option, 'a key of that role', `the key of ${name}`, repair)
}

function policyOf(file: string): Policy {
  const wanted = 'a policy (tlog-policy)'
  let octets: Uint8Array
  try {
    octets = readFileSync(file)
  } catch (error) {
    throw new Fault('CONFIG_READ', `--policy ${file}`, wanted, whyUnread(error))
  }
  const policy = parsePolicy(nodeTools, octets)
  if (policy.ok) return policy.value
  throw new Fault('CONFIG_VALUE', file, wanted, policy.error)
}

const keysIn = (some: readonly { readonly vkey: Vkey }[] = []) => some.map(({ vkey }) => vkey)

/** @throws Fault STORE when it cannot be read */
export function readOctets(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    const wanted = 'a file that can be read'
    throw new Fault('STORE', file, wanted, whyUnread(error), 'name the bundle to verify')
  }
}

function whyUnread(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'no such file'
  return error instanceof Error ? error.message : 'unknown'
}
