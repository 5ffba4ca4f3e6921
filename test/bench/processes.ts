import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Kernel ticks a second, as /proc counts CPU time (fixed at 100 on every Linux we know). */
const TICKS = 100

export interface Usage {
  /** CPU seconds, user and system, of the whole process. */
  readonly cpuSeconds: number
  readonly rssMb: number
}

/** Reads what a process has used so far; null once it is gone. */
export function usageOf(pid: number): Usage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
      rssMb: Number(rss ?? 0) / 1024,
    }
  } catch {
    return null
  }
}

/** Starts a command; `ip netns exec` replaces itself, so the child's pid is the program's own. */
export function start(argv: readonly string[]): ChildProcess {
  const [command = '', ...args] = argv
  return spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Collects a child's standard output until it ends. */
export function finished(
  child: ChildProcess,
): Promise<{ code: number | null; out: string; err: string }> {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout?.on('data', (part: Buffer) => out.push(part))
  child.stderr?.on('data', (part: Buffer) => err.push(part))
  return new Promise((resolve) =>
    child.on('close', (code) =>
      resolve({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    ),
  )
}

/** Resolves when a line of output matches; rejects when the child ends first. */
export function saying(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = ''
    const look = (part: Buffer) => {
      seen += part.toString()
      if (pattern.test(seen)) resolve()
    }
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
    child.on('close', (code) => reject(new Error(`ended with ${code} before ${pattern}: ${seen}`)))
  })
}

export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.on('close', resolve))
  child.kill(signal)
  await gone
}

/** Keeps every core busy for the time given; each loop ends by itself. */
export function hogCores(cores: number, seconds: number): ChildProcess[] {
  const loop = `const end = Date.now() + ${seconds * 1000}; while (Date.now() < end);`
  return Array.from({ length: cores }, () =>
    spawn(process.execPath, ['-e', loop], { stdio: 'ignore' }),
  )
}

export function has(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
}
