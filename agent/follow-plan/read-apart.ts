import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LoadedSite } from '../../config/load.ts'
import type { Plan } from '../../shared/plan/plan.ts'
import { type Result, refuse } from '../../shared/result.ts'

/** A plan that passed every check: the site as any site file gives it, and when to do what. */
export interface ReadPlan {
  readonly loaded: LoadedSite
  readonly schedule: Plan['schedule']
}

const BOUNDS = { maxBuffer: 16 << 20, timeout: 30_000, windowsHide: true }

/**
 * Reads and checks a plan's folder (plan.json, profile.json) in a process of its own that ends at
 * once; writes site.json there for the checks. Refused with every reason, in words, and when `stop` says so.
 */
export async function readPlanApart(
  folder: string,
  sha256: string,
  stop: AbortSignal,
): Promise<Result<ReadPlan, string>> {
  const here = import.meta.url
  const place = here.endsWith('.ts')
    ? '../../dist/agent/follow-plan/read-plan.js'
    : './read-plan.js'
  const program = fileURLToPath(new URL(place, here))
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, folder, sha256],
      { ...BOUNDS, signal: stop },
      (error, text, said) => {
        if (error !== null) return resolve(refuse(said.trim().slice(-500) || error.message))
        try {
          resolve(JSON.parse(text) as Result<ReadPlan, string>)
        } catch {
          resolve(refuse('the plan could not be read: no whole answer'))
        }
      },
    )
  })
}
