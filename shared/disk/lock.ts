import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../shared/errors.ts'

const SPOOL = {
  wanted: 'a spool of its own',
  repair: 'stop that agent, or give this one its own --spool',
}

/**
 * Takes a directory for this process alone; two agents in one spool would fork its chain. Returns
 * what gives it back. A lock whose holder no longer runs (kill -9, power loss) is taken over.
 * @param says what is told to whom comes second
 * @throws Fault STORE while another living process holds it
 */
export function lockDirectory(directory: string, says = SPOOL): () => void {
  const path = join(directory, 'lock')
  const mine = `${process.pid} ${startOf(process.pid)}`
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(path, mine, { flag: 'wx', mode: 0o600 })
      return () => rmSync(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new Fault('STORE', directory, 'a folder that can be written', String(error))
      }
    }
    const holder = holderOf(directory)
    if (holder !== undefined) throw held(directory, holder, says)
    rmSync(path, { force: true })
  }
  throw held(directory, 0, says)
}

/** The process that holds a directory and still runs; undefined where there is none. */
export function holderOf(directory: string): number | undefined {
  const path = join(directory, 'lock')
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
