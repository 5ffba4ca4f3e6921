import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FromRun, RunEnd, RunTask, ToRun } from './messages.ts'

export interface ApartParts {
  /** It is allowed and may begin; or says why it must not all the same. */
  readonly onReady: (makesLoad: boolean) => string | null
  readonly onProgress: (text: string) => void
  /** Ends it before its time, with what was seen until then. */
  readonly stop: AbortSignal
}

/** Far above the longest that may be asked for; and how long a stopped run may take to tell. */
const WITHIN_MS = 60 * 60_000
const STOPS_WITHIN_MS = 20_000
const MOST_SAID = 500

/**
 * Does a run in a process of its own: nothing of it stays in the agent's memory, and no defect of it
 * can end the measuring. Never throws; a process that dies is a failed run.
 */
export async function runApart(task: RunTask, parts: ApartParts): Promise<RunEnd> {
  const child = startChild()
  let end: RunEnd | null = null
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    said = (said + part).slice(-MOST_SAID)
  })
  child.on('message', (message: FromRun) => {
    if (message.is === 'end') end ??= message.end
    if (message.is === 'progress') parts.onProgress(message.text)
    if (message.is === 'ready') {
      const why = parts.onReady(message.makesLoad)
      if (why !== null) end = { outcome: 'failed', why, result: null }
      tell(child, { do: why === null ? 'go' : 'stop' })
    }
  })
  const forStop = setUpStop(child, parts.stop)
  tell(child, { do: 'task', task })
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', resolve)
  })
  forStop()
  if (end !== null) return end
  const how = code === null ? 'was ended' : `ended with ${code}`
  const why = `the process of the run ${how}${said === '' ? '' : `: ${said.trim()}`}`
  return { outcome: 'failed', why: why.slice(0, 1000), result: null }
}

/** Asked first; killed where it does not end. What is returned takes all of it back. */
function setUpStop(child: ChildProcess, stop: AbortSignal): () => void {
  let killing: NodeJS.Timeout | undefined
  const ask = () => {
    tell(child, { do: 'stop' })
    killing = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN_MS)
  }
  const longest = setTimeout(() => child.kill('SIGKILL'), WITHIN_MS)
  stop.addEventListener('abort', ask, { once: true })
  if (stop.aborted) ask()
  return () => {
    clearTimeout(killing)
    clearTimeout(longest)
    stop.removeEventListener('abort', ask)
  }
}

function startChild(): ChildProcess {
  const here = import.meta.url
  const place = here.endsWith('.ts') ? '../../dist/agent/runs/run-program.js' : './run-program.js'
  const program = fileURLToPath(new URL(place, here))
  return spawn(process.execPath, [program], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
}

/** One that is gone already hears nothing, and its end tells the rest. */
function tell(child: ChildProcess, message: ToRun): void {
  if (child.connected) child.send(message, () => undefined)
}
