import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import { createHosts, type Hosts } from './hosts.ts'
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

/** Two hosts and a reflector on the second, for as long as `body` runs; all gone afterwards. */
export async function withPair<T>(
  body: (hosts: Hosts, reflector: Reflector) => Promise<T>,
): Promise<T> {
  const hosts = createHosts()
  try {
    return await withReflector(hosts, (reflector) => body(hosts, reflector))
  } finally {
    hosts.destroy()
  }
}

/** A reflector on host b of hosts that somebody else made, for as long as `body` runs. */
export async function withReflector<T>(
  hosts: Hosts,
  body: (reflector: Reflector) => Promise<T>,
): Promise<T> {
  const reflector = await startReflector(hosts)
  try {
    return await body(reflector)
  } finally {
    await reflector.stop()
  }
}

/** A reflector on host b with one fresh key. */
async function startReflector(hosts: Hosts): Promise<Reflector> {
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
  /** Share of a core that agent and reflector used while packets flowed. */
  readonly agentCpu: number
  readonly reflectorCpu: number
  readonly agentRssMb: number
}

/** Start-up and the judging at the end are no cost of a call: CPU is read between these. */
const SETTLED_MS = 2000
const SAMPLE_MS = 200

/** Runs `check` from host a to the reflector on host b, and watches what both processes use. */
export async function runCheck(
  hosts: Hosts,
  reflector: Reflector,
  seconds: number,
  extra: readonly string[] = [],
): Promise<CheckRun> {
  const argv = command('check', '--primary', `${hosts.addressB}:4000`, '--key', reflector.key)
  const more = ['--profile', 'pureconnect-rcm', '--duration', `${seconds}s`]
  const quiet = ['--media-only', '--json', ...extra]
  const child = start(hosts.on('a', [...argv, ...more, ...quiet]))
  const meters = [new CpuMeter(child.pid ?? 0), new CpuMeter(reflector.child.pid ?? 0)] as const
  const began = performance.now()
  const watch = setInterval(() => {
    const now = performance.now() - began
    if (now >= SETTLED_MS && now <= seconds * 1000) for (const meter of meters) meter.read()
  }, SAMPLE_MS)
  const { out, err } = await finished(child)
  clearInterval(watch)
  const result = parse(out)
  const stream = result?.observations[0]
  if (result === null || stream === undefined) throw new Error(`check said: ${out}${err}`)
  const [agent, other] = meters
  return {
    ...{ stream, judgement: result.judgement, agentRssMb: agent.rssMb },
    ...{ agentCpu: agent.share, reflectorCpu: other.share },
  }
}

function parse(out: string): { observations: StreamObservation[]; judgement: Judgement } | null {
  return JSON.parse(out || 'null')
}

/** CPU share of a process between the first and the last reading, and its largest memory. */
class CpuMeter {
  rssMb = 0
  readonly #pid: number
  #first: { readonly ms: number; readonly usage: Usage } | null = null
  #last: { readonly ms: number; readonly usage: Usage } | null = null

  constructor(pid: number) {
    this.#pid = pid
  }

  read(): void {
    const usage = usageOf(this.#pid)
    if (usage === null) return
    this.#last = { ms: performance.now(), usage }
    this.#first ??= this.#last
    this.rssMb = Math.max(this.rssMb, usage.rssMb)
  }

  get share(): number {
    if (this.#first === null || this.#last === null) return Number.NaN
    const used = this.#last.usage.cpuSeconds - this.#first.usage.cpuSeconds
    return (1000 * used) / (this.#last.ms - this.#first.ms)
  }
}
