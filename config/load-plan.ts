import { nodeCrypto } from '../shared/evidence/node-crypto.ts'
import { checkPlan, otherSite, parsePlan } from '../shared/plan/parse-plan.ts'
import { type ConfigProblem, child } from '../shared/profile/problem.ts'
import { loadProfile, unknownProfile } from './load.ts'
import { ConfigFault, readSource } from './source.ts'

/**
 * Reads a plan for a site, YAML or JSON, as a collector takes it; a profile that is only named is
 * written out, so that nobody has to copy a hash.
 * @throws Fault CONFIG_* with every problem by file, line and key
 */
export async function loadPlan(file: string, site: string): Promise<unknown> {
  const source = await readSource(file)
  const origin = (path: readonly (string | number)[]) => ({ source, path })
  const told = (problems: readonly ConfigProblem[]) =>
    new ConfigFault(problems, source.value, origin)
  const named = child(source.value, 'profile')
  const unknown = typeof named === 'string' ? unknownProfile(named) : null
  if (unknown !== null) throw told([unknown])
  const loaded = typeof named === 'string' ? await loadProfile(named) : null
  const value = loaded === null ? source.value : withProfile(source.value, loaded)
  const parsed = parsePlan(value)
  if (!parsed.ok) throw told(parsed.error)
  const inProfile = loaded === null ? [] : checkPlan(parsed.value, loaded.profile, nodeCrypto)
  const problems = [...otherSite(parsed.value, site), ...inProfile]
  if (problems.length > 0) throw told(problems)
  return value
}

function withProfile(value: unknown, loaded: Awaited<ReturnType<typeof loadProfile>>): object {
  const { id, version } = loaded.profile
  return { ...(value as object), profile: { id, version, sha256: loaded.sha256 } }
}
