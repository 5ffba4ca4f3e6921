import { spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { CheckResult } from '../../config/check-result.ts'
import { withAnyOf } from '../../shared/any-of.ts'
import { EXIT } from '../../shared/errors.ts'
import type { Observation } from '../../shared/record/kinds.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'

/** Ends for certain, whatever a probe does; its own bounds are far below. */
const WITHIN_MS = 25 * 60_000
const MOST_BYTES = 16 << 20
/** Voice comes first on this host. */
const NICE = 10

/**
 * Runs `voip-ready check --no-media --gentle` on a site file, in a process of its own, and returns
 * what it saw; or why there is nothing, in words.
 * @param sha256 the profile that this agent measures by: another one's would not fit its records
 */
export async function checkApart(
  siteFile: string,
  sha256: string,
  stop: AbortSignal,
): Promise<Result<readonly Observation[], string>> {
  const program = fileURLToPath(new URL('../main.js', import.meta.url))
  const args = ['check', '--site', siteFile, '--no-media', '--gentle', '--json']
  const done = await withAnyOf([stop, AbortSignal.timeout(WITHIN_MS)], (signal) =>
    runApart([program, ...args], signal),
  )
  const judged =
    done.code === EXIT.pass || done.code === EXIT.fail || done.code === EXIT.inconclusive
  if (!judged) return refuse(done.err.trim() || `it ended with ${done.code ?? 'a signal'}`)
  return observationsIn(done.out, sha256)
}

/** What a program printed, and its exit code; null: it did not end by itself. */
async function runApart(argv: readonly string[], signal: AbortSignal) {
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...{ signal, killSignal: 'SIGKILL' },
  })
  lowerPriority(child.pid)
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    said.out += part
    if (said.out.length > MOST_BYTES) child.kill('SIGKILL')
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said.err = (said.err + part).slice(-500)
  })
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', resolve)
  })
  return { code, ...said }
}

function observationsIn(text: string, sha256: string): Result<readonly Observation[], string> {
  let result: CheckResult
  try {
    result = JSON.parse(text) as CheckResult
  } catch {
    return refuse('it printed no whole result')
  }
  if (result.judgement.profile.sha256 === sha256) return ok(result.observations)
  return refuse('the profile has changed since this agent started: start the agent anew')
}

function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, NICE)
  } catch {
    // It has ended already, or the system has no such thing: it runs as it is.
  }
}
