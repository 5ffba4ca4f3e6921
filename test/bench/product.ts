import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import type { Hosts } from './hosts.ts'
import { finished, saying, start, stop, type Usage, usageOf } from './processes.ts'

const PROGRAM = fileURLToPath(new URL('../../agent/main.js', import.meta.url))
export const command = (...args: readonly string[]): string[] => [
  process.execPath,
  PROGRAM,
  ...args,
]

export interface Reflector {
  readonly child: ChildProcess
  readonly key: string
  stop(): Promise<void>
}

/** A reflector on host b with one fresh key. */
export async function startReflector(hosts: Hosts): Promise<Reflector> {
  const folder = mkdtempSync(join(tmpdir(), 'voip-ready-bench-'))
  const keys = join(folder, 'keys.json')
  const made = await finished(start(command('reflector', 'keys', 'add', 'bench', '--keys', keys)))
  const key = /bench:[A-Za-z0-9+/=_-]+/.exec(made.out)?.[0]
  if (key === undefined) throw new Error(`no key in: ${made.out}${made.err}`)
  const listen = `${hosts.addressB}:4000`
  const child = start(
    hosts.on('b', command('reflector', 'run', '--listen', listen, '--keys', keys)),
  )
  await saying(child, /listening/i)
  return {
    child,
    key,
    stop: async () => {
      await stop(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export interface CheckRun {
  readonly stream: StreamObservation
  readonly judgement: Judgement
  /** What the agent and the reflector used while it ran. */
  readonly agent: Usage
  readonly reflector: Usage
  readonly seconds: number
}

/** Runs `check` from host a to the reflector on host b, and watches what both processes use. */
export async function runCheck(
  hosts: Hosts,
  reflector: Reflector,
  seconds: number,
  extra: readonly string[] = [],
): Promise<CheckRun> {
  const argv = command('check', '--primary', `${hosts.addressB}:4000`, '--key', reflector.key)
  const more = ['--profile', 'pureconnect-rcm', '--duration', `${seconds}s`, '--json', ...extra]
  const before = usageOf(reflector.child.pid ?? 0)
  const child = start(hosts.on('a', [...argv, ...more]))
  let agent: Usage = { cpuSeconds: 0, rssMb: 0 }
  const watch = setInterval(() => {
    const now = usageOf(child.pid ?? 0)
    if (now !== null)
      agent = { cpuSeconds: now.cpuSeconds, rssMb: Math.max(agent.rssMb, now.rssMb) }
  }, 200)
  const { out, err } = await finished(child)
  clearInterval(watch)
  const after = usageOf(reflector.child.pid ?? 0)
  const result = JSON.parse(out || 'null') as {
    observations: StreamObservation[]
    judgement: Judgement
  } | null
  const stream = result?.observations[0]
  if (result === null || stream === undefined) throw new Error(`check said: ${out}${err}`)
  const cpuSeconds = (after?.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0)
  const used = { cpuSeconds, rssMb: after?.rssMb ?? 0 }
  return { stream, judgement: result.judgement, agent, reflector: used, seconds }
}
