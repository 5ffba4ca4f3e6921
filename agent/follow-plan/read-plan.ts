import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv, stdout } from 'node:process'
import { loadSite, sha256hex } from '../../config/load.ts'
import { writeDurably } from '../../shared/disk/durable.ts'
import { Fault } from '../../shared/errors.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { checkPlan, parsePlan, planIdentity } from '../../shared/plan/parse-plan.ts'
import type { ConfigProblem } from '../../shared/profile/problem.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import type { ReadPlan } from './read-apart.ts'

/**
 * The program that readPlanApart starts: plan.json and profile.json of a folder become site.json, are
 * loaded as any site file is, and held against each other. Prints one line of JSON.
 */
async function readPlan(folder: string, sha256: string): Promise<Result<ReadPlan, string>> {
  const parsed = parsePlan(JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')))
  if (!parsed.ok) return refuse(told(parsed.error))
  const plan = parsed.value
  if (planIdentity(plan, sha256hex) !== sha256)
    return refuse('the plan is not the one it was sent as')
  const site = { ...plan.site, profile: './profile.json' }
  writeDurably(folder, 'site.json', JSON.stringify(site))
  const loaded = await loadSite(join(folder, 'site.json'))
  if (loaded.profile.sha256 !== plan.profile.sha256) {
    return refuse(`profile: wanted ${plan.profile.sha256}, found ${loaded.profile.sha256}`)
  }
  const problems = checkPlan(plan, loaded.profile.profile, nodeCrypto)
  if (problems.length > 0) return refuse(told(problems))
  const lacking = (['primary', 'secondary'] as const).filter(
    (name) => plan.site.farEnds[name] !== undefined && loaded.keys[name] === null,
  )
  if (lacking.length > 0) return refuse(`site.farEnds.${lacking.join(', ')}: wanted key or keyFile`)
  if (Object.keys(plan.site.farEnds).length === 0)
    return refuse('site.farEnds: wanted at least one')
  return ok({ loaded, schedule: plan.schedule })
}

function told(problems: readonly ConfigProblem[]): string {
  const lines = problems.map(
    ({ path, wanted, found }) => `${path.join('.') || 'plan'}: wanted ${wanted}, found ${found}`,
  )
  return lines.join('; ').slice(0, 1900)
}

const [, , folder = '.', sha256 = ''] = argv
const result = await readPlan(folder, sha256).catch((error: unknown) => {
  if (error instanceof Fault) return refuse(error.message)
  throw error
})
stdout.write(JSON.stringify(result))
