import type { EvidenceCrypto } from '../evidence/crypto.ts'
import { wrongKeys } from '../evidence/named-keys.ts'
import { canonicalJson } from '../profile/canonical.ts'
import { explain } from '../profile/explain.ts'
import { checkSite, parseSite } from '../profile/parse.ts'
import { type ConfigProblem, child, shown } from '../profile/problem.ts'
import type { Profile } from '../profile/schema.ts'
import { ok, type Result, refuse } from '../result.ts'
import { type Plan, PlanSchema } from './plan.ts'

/**
 * Turns any value (YAML of an operator, JSON of the API or of the agent's disk) into a plan with its
 * defaults filled in, or says everything that is wrong with it, each with its path. No secret is in
 * what it says. Beyond the schema it refuses two windows of one id, a profile that the site does not
 * name, and a `keyFile` whose folder only the author could know.
 */
export function parsePlan(value: unknown): Result<Plan, readonly ConfigProblem[]> {
  const inSite = siteProblems(child(value, 'site'))
  const read = explain(PlanSchema, value)
  const rest = read.problems.filter(({ path }) => path[0] !== 'site')
  const plan = read.value
  const problems = [...inSite, ...rest, ...(plan === undefined ? [] : planProblems(plan))]
  if (problems.length > 0) return refuse(problems)
  return plan === undefined ? refuse(read.problems) : ok(plan)
}

/** What is wrong with a plan that is put into force for this site, and is of another. */
export function otherSite({ site }: Plan, name: string): readonly ConfigProblem[] {
  const repair = 'write the name of the site that the plan is for'
  if (site.site === name) return []
  return [mend(['site', 'site'], shown(name), shown(site.site), repair)]
}

/** Everything in a plan that does not fit the profile it names, and keys that are none. */
export function checkPlan(
  plan: Plan,
  profile: Profile,
  crypto: Pick<EvidenceCrypto, 'sha256'>,
): readonly ConfigProblem[] {
  const wrong = (['id', 'version'] as const).filter((key) => plan.profile[key] !== profile[key])
  return [
    ...wrong.map((key) => mend(['profile', key], shown(profile[key]), shown(plan.profile[key]))),
    ...checkSite(plan.site, profile).map(under('site')),
    ...wrongKeys(plan.site, crypto).map(under('site')),
  ]
}

/**
 * The identity of a plan: SHA-256 over the UTF-8 of its canonical JSON (RFC 8785), 64 hexadecimal
 * digits. Takes a plan of {@link parsePlan}; throws TypeError on what JSON cannot say truly.
 */
export function planIdentity(plan: Plan, sha256hex: (bytes: Uint8Array) => string): string {
  const text = canonicalJson(plan)
  if (!text.ok) throw new TypeError(`plan ${text.error.path.join('.')}: ${text.error.why}`)
  return sha256hex(new TextEncoder().encode(text.value))
}

function siteProblems(value: unknown): readonly ConfigProblem[] {
  if (value === undefined) return [mend(['site'], 'a map', shown(value), 'add site')]
  const site = parseSite(value)
  return site.ok ? [] : site.error.map(under('site'))
}

function planProblems(plan: Plan): ConfigProblem[] {
  const ids = plan.maintenance.map(({ id }) => id)
  const twice = ids.flatMap((id, at) => (ids.indexOf(id) === at ? [] : [{ id, at }]))
  const named = plan.site.profile === plan.profile.id
  const text = canonicalJson(plan)
  return [
    ...twice.map(({ id, at }) => mend(['maintenance', at, 'id'], 'every id once', shown(id))),
    ...(named ? [] : [mend(['site', 'profile'], shown(plan.profile.id), shown(plan.site.profile))]),
    ...keyFiles(plan).filter(({ found }) => !/^"(\/|[A-Za-z]:[\\/])/.test(found)),
    ...(text.ok ? [] : [mend(text.error.path, 'plain text and finite numbers', text.error.why)]),
  ]
}

function keyFiles({ site }: Plan): ConfigProblem[] {
  const wanted = "a whole path on the agent's host"
  const ends = (['primary', 'secondary'] as const).flatMap((name) => {
    const file = site.farEnds[name]?.keyFile
    return file === undefined
      ? []
      : [mend(['site', 'farEnds', name, 'keyFile'], wanted, shown(file))]
  })
  const segments = (site.segments ?? []).flatMap(({ keyFile }, at) =>
    keyFile === undefined
      ? []
      : [mend(['site', 'segments', at, 'keyFile'], wanted, shown(keyFile))],
  )
  return [...ends, ...segments]
}

function under(key: string): (problem: ConfigProblem) => ConfigProblem {
  return (problem) => ({ ...problem, path: [key, ...problem.path] })
}

function mend(
  path: readonly (string | number)[],
  wanted: string,
  found: string,
  repair = 'correct the value',
): ConfigProblem {
  return { code: 'CONFIG_VALUE', path, wanted, found, repair }
}
