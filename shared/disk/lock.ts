import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../errors.ts'
import { placeNew } from './durable.ts'

const SPOOL = {
  wanted: 'a spool of its own',
  repair: 'stop that agent, or give this one its own --spool',
}

/**
 * Takes a directory for this process alone; two agents in one spool would fork its chain. Returns
 * what gives it back. A lock whose holder no longer runs (kill -9, power loss) is taken over, by one of
 * however many that find it.
 * @param says what is told to whom comes second
 * @throws Fault STORE while another living process holds it
 */
export function lockDirectory(directory: string, says = SPOOL): () => void {
  const path = join(directory, 'lock')
  const own = join(directory, `lock.${process.pid}`)
  try {
    writeFileSync(own, `${process.pid} ${startOf(process.pid)}`, { mode: 0o600 })
    if (placeNew(own, path) || takeOver(own, path)) return () => rmSync(path, { force: true })
  } catch (error) {
    throw new Fault('STORE', directory, 'a folder that can be written', String(error))
  } finally {
    rmSync(own, { force: true })
  }
  throw held(directory, holderOf(directory) ?? 0, says)
}

/** Puts ours in the place of a dead lock, with no moment between them; the claim keeps others away from it. */
function takeOver(own: string, path: string): boolean {
  if (livingIn(path) !== undefined) return false
  const claim = `${path}.taken`
  if (!placeNew(own, claim)) {
    if (livingIn(claim) !== undefined) return false
    // Who died in the middle of this.
    rmSync(claim, { force: true })
    if (!placeNew(own, claim)) return false
  }
  try {
    if (!existsSync(path)) return placeNew(own, path)
    if (livingIn(path) !== undefined) return false
    renameSync(own, path)
    return true
  } finally {
    rmSync(claim, { force: true })
  }
}

/** The process that holds a directory and still runs; undefined where there is none. */
export function holderOf(directory: string): number | undefined {
  return livingIn(join(directory, 'lock'))
}

function livingIn(path: string): number | undefined {
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  const [pid = 0, start = ''] = [Number(text.split(' ')[0]), text.split(' ')[1]]
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return startOf(pid) === start ? pid : undefined
}

/**
 * When a process started, in the kernel's ticks: with it a number that was given out again is not
 * taken for the old process. '' where none runs; 'running' where there is no /proc.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in brackets may hold spaces; the start time is the 20th field after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    if (process.platform === 'linux') return ''
  }
  try {
    process.kill(pid, 0)
    return 'running'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'running' : ''
  }
}

function held(directory: string, pid: number, { wanted, repair }: typeof SPOOL): Fault {
  return new Fault('STORE', directory, wanted, `in use by process ${pid}`, repair)
}
