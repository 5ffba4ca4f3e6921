import type { Command } from 'commander'
import { Fault } from '../../shared/errors.ts'
import { BOUNDS, type BoundName, type Bounds, defaultBounds } from './bounds.ts'
import { knownKeys, readKeys } from './keys.ts'
import { addKeyCommands, DEFAULT_KEYS } from './keys-cli.ts'
import type { Output } from './output.ts'
import type { Responder } from './responder/responder.ts'
import { addReflectorRowsCommands } from './rows-cli.ts'
import { addRowsOptions, keepRows, type RowsOptions, rowsFlags } from './rows-ring.ts'
import {
  addSigningKeyCommand,
  addSigningOptions,
  type SigningOptions,
  signingFlags,
  signWith,
  tellSigning,
} from './signing-cli.ts'
import type { SipServer } from './sip-server.ts'
import { type RunningReflector, startReflector } from './start.ts'

export interface RunOptions extends SigningOptions, RowsOptions {
  readonly listen: string
  readonly keys: string
  readonly json?: boolean
  readonly engine?: 'auto' | 'linux' | 'dgram'
  readonly bounds: Partial<Bounds>
  /** Profiles whose ports to hold, and where. */
  readonly respond?: string
  readonly respondAddress?: string
  readonly respondRtp?: string
  /** Port on which SIP is mirrored besides the reflector's own. */
  readonly sipPort?: string
}

const DEFAULT_LISTEN = '0.0.0.0:4000'
const TALLY_EVERY_MS = 10_000
const STDIO: Output = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
}

/** `address:port`, `[v6]:port` or `:port`; refuses anything else with a Fault. */
export function parseListen(text: string): { readonly address: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([0-9.]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535)
    throw new Fault(
      'USAGE',
      '--listen',
      'ADDRESS:PORT, for example 0.0.0.0:4000 or [::]:4000',
      text,
    )
  return { address: match[1] ?? (match[2] || '0.0.0.0'), port }
}

/** Runs a reflector until `signal` is aborted; throws the Fault that kept it from running. */
export async function runReflector(
  options: RunOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { address, port } = parseListen(options.listen)
  const say = (event: object, text: string): void =>
    output.out(options.json ? JSON.stringify(event) : text)
  const rows = keepRows(options, output.err)
  const signing = signWith(options, rows.kept)
  const sip = await mirrorSip(options, address, say)
  const responder = await respond(options, address, say, sip).catch(async (error: unknown) => {
    await sip?.close()
    throw error
  })
  const reflector = await startReflector({
    ...(responder === undefined ? {} : { responder }),
    ...(signing.plan === undefined ? {} : { signing: signing.plan }),
    address,
    port,
    keysFile: options.keys,
    bounds: options.bounds,
    ...{ engine: options.engine ?? 'auto', onRows: rows.onRows },
    onWarning: (message) => output.err(`keys unchanged: ${message}`),
    onKeys: (keys) => sip?.setKeys(keys),
  }).catch(async (error: unknown) => {
    await responder?.stop()
    await sip?.close()
    throw error
  })
  const timer = report(reflector, options.bounds, say)
  tellSigning(signing, options, output, say)
  const stop = (): void => void reflector.stop()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const fault = await reflector.ended
  clearInterval(timer)
  await Promise.all([rows.close(), sip?.close()])
  if (fault !== null) throw fault
}

/** Says what listens where, and then the counters for as long as the timer lives. */
function report(
  reflector: RunningReflector,
  bounds: Partial<Bounds>,
  say: (event: object, text: string) => void,
): NodeJS.Timeout {
  const { local, capabilities } = reflector
  say(
    { event: 'listening', local, capabilities, bounds: { ...defaultBounds(), ...bounds } },
    `listening on ${local.address} port ${local.port} (engine ${capabilities.engine}, ` +
      `stamps ${capabilities.receiveStamp}, scheduling ${capabilities.scheduling})`,
  )
  return setInterval(() => {
    const { counters, sessions } = reflector.counters()
    const told = Object.entries(counters).filter(([, count]) => count > 0)
    const text = told.map(([name, count]) => `${name} ${count}`).join(', ')
    say(
      { event: 'counters', sessions, counters },
      `sessions ${sessions}; ${text || 'no datagram yet'}`,
    )
  }, TALLY_EVERY_MS)
}

/** Mirrors SIP where gateways look for it; loaded only when asked for. */
async function mirrorSip(
  { sipPort, keys }: RunOptions,
  address: string,
  say: (event: object, text: string) => void,
): Promise<SipServer | undefined> {
  if (sipPort === undefined) return undefined
  const port = Number(sipPort)
  if (!/^\d{1,5}$/.test(sipPort) || port > 65_535)
    throw new Fault('USAGE', '--sip-port', 'a port, for example 5060', sipPort)
  const { startSipServer } = await import('./sip-server.ts')
  const sip = await startSipServer(address, port, knownKeys(readKeys(keys)))
  say({ event: 'sip', port: sip.port }, `mirroring SIP on UDP and TCP port ${sip.port}`)
  return sip
}

/** Holds the ports of the profiles asked for; loaded only then, since it needs the profile's reader. */
async function respond(
  options: RunOptions,
  listen: string,
  say: (event: object, text: string) => void,
  sip: SipServer | undefined,
): Promise<Responder | undefined> {
  if (options.respond === undefined) return undefined
  const { holdText, parseRange, portsToHold, respondAddresses } = await import(
    './responder/port-list.ts'
  )
  const { startResponder } = await import('./responder/responder.ts')
  const rtp = options.respondRtp === undefined ? undefined : parseRange(options.respondRtp)
  const pairs = await portsToHold(options.respond.split(','), rtp)
  const addresses = respondAddresses(options.respondAddress, listen)
  const responder = await startResponder({ addresses, pairs })
  const missing = responder.states.filter(({ state }) => state !== 'listening')
  const held = responder.states.length - missing.length
  say(
    { event: 'responding', addresses, held, missing },
    holdText(responder.states, sip?.port).join('\n'),
  )
  return responder
}

const EXAMPLES = `
Examples:
  voip-ready reflector keys add leeds --keys keys.json
  voip-ready reflector run --listen 0.0.0.0:4000 --keys keys.json
  voip-ready reflector keys revoke leeds --keys keys.json`

/** Adds `reflector run` and `reflector keys add|list|revoke`. Faults are left to the caller. */
export function addReflectorCommands(program: Command, output: Output = STDIO): void {
  const reflector = program
    .command('reflector')
    .description('answer agents at the far end')
    .addHelpText('after', EXAMPLES)
  const run = reflector
    .command('run')
    .description('listen, answer streams and give receipts until interrupted')
    .option(
      '--listen <address:port>',
      'where to listen: 0.0.0.0 is IPv4 alone, [::] IPv6 alone',
      DEFAULT_LISTEN,
    )
    .option('--keys <file>', 'access keys file', DEFAULT_KEYS)
    .option('--engine <kind>', 'auto, linux or dgram', 'auto')
    .option('--respond <profiles>', 'also hold every port that these profiles ask for')
    .option('--respond-address <addresses>', 'where to hold them (default: where it listens)')
    .option('--respond-rtp <first-last>', 'also hold the tested sample of this voice range')
    .option('--sip-port <port>', 'also mirror SIP on UDP and TCP of this port (5060)')
    .option('--json', 'one JSON object a line')
  addRowsOptions(addSigningOptions(run))
  for (const [name, bound] of Object.entries(BOUNDS))
    run.option(`--max-${dashed(name)} <n>`, `${bound.says} (${bound.default})`)
  run.action(async (flags: Record<string, unknown>) => {
    const aborter = new AbortController()
    const abort = (): void => aborter.abort()
    process.once('SIGINT', abort).once('SIGTERM', abort)
    try {
      await runReflector(runOptions(flags), output, aborter.signal)
    } finally {
      process.off('SIGINT', abort).off('SIGTERM', abort)
    }
  })
  addKeyCommands(reflector, output)
  addSigningKeyCommand(reflector, output)
  addReflectorRowsCommands(reflector, output)
}

function runOptions(flags: Record<string, unknown>): RunOptions {
  return {
    ...{ listen: String(flags.listen), keys: String(flags.keys), json: flags.json === true },
    ...signingFlags(flags),
    ...rowsFlags(flags),
    ...respondFlags(flags),
    engine: parseEngine(flags.engine),
    bounds: parseBounds(flags),
  }
}

function respondFlags(flags: Record<string, unknown>) {
  const { respond, respondAddress, respondRtp, sipPort } = flags
  return {
    ...(typeof respond === 'string' ? { respond } : {}),
    ...(typeof respondAddress === 'string' ? { respondAddress } : {}),
    ...(typeof respondRtp === 'string' ? { respondRtp } : {}),
    ...(typeof sipPort === 'string' ? { sipPort } : {}),
  }
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace('-mi-b', '-mib')
}

function parseEngine(value: unknown): 'auto' | 'linux' | 'dgram' {
  if (value === 'auto' || value === 'linux' || value === 'dgram') return value
  throw new Fault('USAGE', '--engine', 'auto, linux or dgram', String(value))
}

/** Bounds among the flags; commander has named `--max-memory-mib` maxMemoryMib. */
function parseBounds(flags: Record<string, unknown>): Partial<Bounds> {
  const bounds: Partial<Record<BoundName, number>> = {}
  for (const name of Object.keys(BOUNDS) as BoundName[]) {
    const option = `max-${dashed(name)}`
    const text = flags[option.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())]
    if (text === undefined) continue
    const value = Number(text)
    if (!Number.isInteger(value) || value < 1 || value > BOUNDS[name].most)
      throw new Fault('USAGE', `--${option}`, `a whole number from 1 to ${BOUNDS[name].most}`, text)
    bounds[name] = value
  }
  return bounds
}
