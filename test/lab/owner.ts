import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ipBatch } from './command.ts'

/**
 * A namespace is named after the process that made it: `vr-<pid>-<start>-<lab>-<host>`, `start`
 * being the time the process began (proc(5), stat field 22), since pids come again. So parallel
 * runs never collide, and what a crashed run left behind can be told from what is in use.
 */
const NAME = /^vr-(\d+)-([0-9a-z]+)-\d+-/

export function namePrefix(lab: number): string {
  return `vr-${process.pid}-${startTime(process.pid) ?? '0'}-${lab}-`
}

/** Names of all namespaces that begin with `prefix`. */
export function namespacesOf(prefix: string): readonly string[] {
  return allNamespaces().filter((name) => name.startsWith(prefix))
}

/** Begins the name of a lab's folder for logs; its owner's pid and start time follow. */
const FOLDER = 'voip-ready-lab-'
/** A file of this name in the folder keeps it: a test failed there. */
export const KEPT = 'kept'
/** Two sweeps may remove one folder at a time, and what was killed may still write there. */
export const GONE = { recursive: true, force: true, maxRetries: 5 } as const
const FOLDER_NAME = /^voip-ready-lab-(\d+)-([0-9a-z]+)-/

export function folderPrefix(): string {
  return `${FOLDER}${process.pid}-${startTime(process.pid) ?? '0'}-`
}

/**
 * Removes what belongs to owners that are no more: namespaces, the processes still in them, and
 * folders nobody asked to keep. Says which namespaces.
 */
export function sweep(): readonly string[] {
  const orphans = allNamespaces().filter((name) => isOrphan(NAME.exec(name)))
  removeNamespaces(orphans)
  for (const name of readdirSync(tmpdir()).filter((file) => isOrphan(FOLDER_NAME.exec(file)))) {
    const folder = join(tmpdir(), name)
    if (!existsSync(join(folder, KEPT))) rmSync(folder, GONE)
  }
  return orphans
}

function isOrphan(found: RegExpExecArray | null): boolean {
  return found !== null && startTime(Number(found[1])) !== found[2]
}

/** Kills what runs in these namespaces and deletes them. A name that is gone is no error. */
export function removeNamespaces(names: readonly string[]): void {
  for (const name of names) {
    for (const pid of processesIn(name)) killQuietly(pid)
    rmSync(`/etc/netns/${name}`, { recursive: true, force: true })
  }
  ipBatch(
    names.map((name) => `netns delete ${name}`),
    undefined,
    true,
  )
}

/** Ids of the processes inside a namespace. */
export function processesIn(name: string): readonly number[] {
  const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' })
  return (stdout ?? '').split('\n').filter(Boolean).map(Number)
}

export function killQuietly(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // it ended by itself
  }
}

function allNamespaces(): readonly string[] {
  try {
    return readdirSync('/run/netns').filter((name) => NAME.test(name))
  } catch {
    return []
  }
}

/** When a process began, in clock ticks since boot, base 36; undefined when there is none. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, field 2, may hold spaces and brackets: count from behind its last bracket.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]).toString(36)
  } catch {
    return undefined
  }
}
