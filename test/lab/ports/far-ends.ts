import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { addKey } from '../../../agent/reflector/keys.ts'
import type { FarEndName } from '../../../shared/profile/site.ts'
import { fateOf, type PortsObservation } from '../../../shared/record/ports.ts'
import type { Finding, Judgement } from '../../../shared/verdict/finding.ts'
import type { Child } from '../child.ts'
import type { Lab } from '../topology.ts'

const PROGRAM = fileURLToPath(new URL('../../../dist/agent/main.js', import.meta.url))
const PROFILES = 'pureconnect-lcm,pureconnect-rcm'
export const SERVERS = { dc1: '192.168.0.1', dc2: '192.168.0.2' } as const
export const RTP = [16_384, 32_767] as const

/** Makes the reflector's key, once per data centre, and answers it as `id:secret`. */
export function keyOf(lab: Lab, host: keyof typeof SERVERS): string {
  const file = lab.file(`${host}-keys.json`)
  if (existsSync(file)) throw new Error(`${host} has its key already`)
  const { id, secret } = addKey(file, 'site', new Date())
  return `${id}:${secret}`
}

/** A reflector with a responder for both profiles at the server's own address. */
export async function startFarEnd(lab: Lab, host: keyof typeof SERVERS): Promise<Child> {
  const address = SERVERS[host]
  const argv = [
    ...[process.execPath, PROGRAM, 'reflector', 'run', '--listen', `${address}:4000`],
    ...['--keys', lab.file(`${host}-keys.json`), '--respond', PROFILES],
    ...['--respond-rtp', RTP.join('-')],
  ]
  const child = lab.spawn(host, argv)
  await child.until(/listening on .* port 4000/)
  return child
}

export interface SiteKeys {
  readonly dc1: string
  readonly dc2: string
}

export interface PortsResult {
  readonly exit: number
  readonly judgement: Judgement
  readonly observations: readonly PortsObservation[]
  readonly seconds: number
}

export interface RunChoices {
  readonly profile?: 'pureconnect-lcm' | 'pureconnect-rcm'
  readonly only?: readonly string[]
  /** The circuit to both far ends; left out: nothing is said of it. */
  readonly path?: 'Internet'
  /** The primary far end, as YAML after its key; left out: the first server. */
  readonly primary?: string
  /** More of the site file, as YAML lines. */
  readonly site?: string
  readonly ticket?: string
  /** Puts the agent behind this command: `setpriv ...`. */
  readonly behind?: readonly string[]
}

/** One `voip-ready ports` on the site, told nothing but its site file. */
export async function runPorts(
  lab: Lab,
  keys: SiteKeys,
  choices: RunChoices = {},
): Promise<PortsResult> {
  const file = lab.file(`site-${process.hrtime.bigint()}.yaml`)
  const path = choices.path === undefined ? '' : `, path: ${choices.path}`
  const ends = `
  primary: { ${choices.primary ?? `reflector: ${SERVERS.dc1}`}, key: "${keys.dc1}"${path} }
  secondary: { reflector: ${SERVERS.dc2}, key: "${keys.dc2}"${path} }`
  const profile = choices.profile ?? 'pureconnect-rcm'
  const head = `format: voip-ready/site/1\nsite: lab\nprofile: ${profile}\nfarEnds:${ends}\n`
  writeFileSync(file, `${head}rtpPorts: [${RTP.join(', ')}]\n${choices.site ?? ''}\n`)
  const only = choices.only === undefined ? [] : ['--only', choices.only.join(',')]
  const ticket = choices.ticket === undefined ? [] : ['--firewall-ticket', choices.ticket]
  const own = [process.execPath, PROGRAM, 'ports', '--site', file, '--json', ...only, ...ticket]
  const started = performance.now()
  const { stdout } = await lab.run('site', [...(choices.behind ?? []), ...own], {
    mayFail: true,
    timeoutMs: 90_000,
  })
  const seconds = (performance.now() - started) / 1000
  return { ...(JSON.parse(stdout) as Omit<PortsResult, 'seconds'>), seconds }
}

/** `filtered`, `unreachable icmp 3/13 ... from 10.0.0.1`: what was seen of one port. */
export function seenOf(
  result: PortsResult,
  farEnd: FarEndName | 'none',
  leg: 'out' | 'back',
  name: string,
): string {
  const [proto, port] = name.split(' ')
  const look = result.observations.find((one) => one.farEnd === farEnd)
  const fate = fateOf(look?.legs[leg] ?? [], proto === 'udp' ? 'udp' : 'tcp', Number(port))
  return fate === undefined ? 'not looked at' : `${fate.state} ${fate.cause}`.trim()
}

export function findingsOf(result: PortsResult, farEnd: FarEndName): readonly Finding[] {
  return result.judgement.findings.filter((found) => found.farEnd === farEnd)
}

/** Holds TCP ports on a host as somebody else would: says `banner` at once, or nothing at all. */
export async function foreignListener(
  lab: Lab,
  host: string,
  ports: readonly number[],
  banner: string,
): Promise<Child> {
  const body = `
    const net = require('node:net')
    let left = ${ports.length}
    for (const port of ${JSON.stringify(ports)})
      net.createServer((socket) => {
        socket.on('error', () => {})
        ${banner === '' ? '' : `socket.write(${JSON.stringify(banner)})`}
      }).listen(port, '0.0.0.0', () => { if (--left === 0) console.log('held') })`
  const child = lab.spawn(host, [process.execPath, '-e', body])
  await child.until(/held/)
  return child
}
