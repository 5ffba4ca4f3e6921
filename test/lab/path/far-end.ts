import { fileURLToPath } from 'node:url'
import { addKey } from '../../../agent/reflector/keys.ts'
import type { PathObservation } from '../../../shared/record/path.ts'
import type { SipAlgObservation } from '../../../shared/record/sip-alg.ts'
import type { Lab } from '../topology.ts'

export const MAIN = fileURLToPath(new URL('../../../dist/agent/main.js', import.meta.url))
const NODE = [process.execPath, MAIN]

export interface LabKey {
  readonly text: string
  readonly file: string
}

let made = 0

/** Starts the program's own reflector on a host; resolves once it listens. */
export async function reflectorAt(
  lab: Lab,
  host: string,
  listen = '0.0.0.0:4000',
  ...more: readonly string[]
): Promise<LabKey> {
  const file = lab.file(`keys-${host}-${++made}.json`)
  const key = addKey(file, 'lab', new Date())
  const where = ['reflector', 'run', '--listen', listen, '--keys', file]
  await lab.spawn(host, [...NODE, ...where, ...more]).until(/listening/)
  return { text: `${key.id}:${key.secret}`, file }
}

export interface Seen {
  readonly code: number
  readonly text: string
  readonly path: PathObservation
  readonly sip: SipAlgObservation | undefined
}

/** Runs `voip-ready path` at the site, as a user of the host would, and reads what it printed. */
export async function pathFrom(
  lab: Lab,
  argv: readonly string[],
  prefix: readonly string[] = [],
): Promise<Seen> {
  const run = [...prefix, ...NODE, 'path', ...argv, '--json']
  const { code, stdout, stderr } = await lab.run('site', run, { mayFail: true, timeoutMs: 60_000 })
  if (!stdout.startsWith('{')) throw new Error(`no document: ${stdout}${stderr}`)
  const { paths, sip } = JSON.parse(stdout) as {
    readonly paths: readonly PathObservation[]
    readonly sip: readonly SipAlgObservation[]
  }
  const [path] = paths
  if (path === undefined) throw new Error(`no path in ${stdout}`)
  return { code, text: stdout, path, sip: sip[0] }
}

/** Marks of the hops in their order; null where none was quoted. */
export function marksOf({ hops }: PathObservation): (number | null)[] {
  return hops.map((hop) => hop.dscp[0]?.value ?? null)
}
