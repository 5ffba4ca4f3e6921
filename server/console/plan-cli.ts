import type { Command } from 'commander'
import { nameOf } from '../access/arguments.ts'
import { print } from '../access/console.ts'
import { type ApiOptions, atApi } from './access.ts'
import type { Api } from './api.ts'

const EXAMPLE = `
A plan is YAML or JSON:
  format: voip-ready/plan/1
  profile: pureconnect-rcm
  site:
    format: voip-ready/site/1
    site: leeds
    profile: pureconnect-rcm
    farEnds:
      primary: { reflector: 10.1.0.10, key: "leeds:SECRET", reflectorKeys: [VKEY] }
  caps: { consent: [check, ports, path, media], maxCalls: 20 }
VKEY is what voip-ready reflector key show prints there: reports hold receipts against it.

Examples:
  voip-ready collector plan put leeds leeds-plan.yaml
  voip-ready collector plan show leeds --json
  voip-ready collector plan put leeds leeds-plan.yaml --url https://collector.example:8460 \\
    --token-file admin.token`

interface Version {
  readonly version: number
  readonly sha256: string
  readonly at: string
  readonly by: string
}
interface AgentWord {
  readonly agent: string
  readonly version: number
  readonly applied: number | null
  readonly why: string
  readonly at: string
}
interface Shown extends Version {
  readonly site: string
  readonly plan: object
  readonly agents: readonly AgentWord[]
}

/** Adds `plan put | show | list | history`. */
export function addPlanCommands(collector: Command): void {
  const plan = collector.command('plan').description("sites' plans: what their agents are to do")
  const options = (command: Command) => command.optsWithGlobals<ApiOptions>()
  const withToken = (command: Command) =>
    command.option('--token-file <file>', 'a token of an administrator, for a collector elsewhere')
  withToken(plan.command('put'))
    .argument('<site>', 'name of the site', nameOf)
    .argument('<file>', 'the plan, YAML or JSON')
    .description('put a plan into force; its agents have it in seconds')
    .addHelpText('after', EXAMPLE)
    .action((site: string, file: string, _: unknown, command: Command) =>
      put(site, file, options(command)),
    )
  withToken(plan.command('show'))
    .argument('<site>', 'name of the site', nameOf)
    .description('show the plan in force, without its secrets, and what agents say of it')
    .action((site: string, _: unknown, command: Command) => show(site, options(command)))
  withToken(plan.command('list'))
    .description('show which sites have a plan, and whether their agents work by it')
    .action((_: unknown, command: Command) => list(options(command)))
  withToken(plan.command('history'))
    .argument('<site>', 'name of the site', nameOf)
    .description('show every version that was in force, newest first')
    .action((site: string, _: unknown, command: Command) => history(site, options(command)))
}

async function put(site: string, file: string, options: ApiOptions): Promise<void> {
  const { loadPlan } = await import('../../config/load-plan.ts')
  const plan = await loadPlan(file, site)
  const done = await atApi(options, async (api) => {
    const held = await api.try('GET', `/sites/${site}/plan`)
    const headers = held.etag === undefined ? {} : { 'if-match': held.etag }
    return (await api.ask('PUT', `/sites/${site}/plan`, { json: plan, headers })).body
  })
  const { outcome, version } = done as { readonly outcome: string; readonly version: number }
  const word = outcome === 'stored' ? 'is in force' : 'was in force already'
  print(options, done, [`Plan ${version} of ${site} ${word}.`])
}

async function show(site: string, options: ApiOptions): Promise<void> {
  const { body } = await atApi(options, (api) => api.ask('GET', `/sites/${site}/plan`))
  const shown = body as Shown
  const { stringify } = await import('yaml')
  const { version, at, by, plan, agents } = shown
  print(options, shown, [
    `# plan ${version} of ${site}, since ${at.slice(0, 19)}Z by ${by}`,
    ...agents.map((agent) => `# ${wordOf(agent, version)}`),
    stringify(plan).trimEnd(),
  ])
}

async function list(options: ApiOptions): Promise<void> {
  const plans = await atApi(options, allPlans)
  const lines = plans.flatMap(({ site, version, agents }) => [
    `${site}  plan ${version}${agents.length === 0 ? '  no agent has pulled it yet' : ''}`,
    ...agents.map((agent) => `    ${wordOf(agent, version)}`),
  ])
  print(options, plans, lines.length === 0 ? ['no site has a plan'] : lines)
}

type Listed = Pick<Shown, 'site' | 'version' | 'agents'>

async function allPlans(api: Api): Promise<readonly Listed[]> {
  const plans: Listed[] = []
  for (let after = ''; ; ) {
    const { body } = await api.ask('GET', `/plans?after=${after}`)
    const page = body as { readonly plans: readonly Listed[]; readonly next: string | null }
    plans.push(...page.plans)
    if (page.next === null) return plans
    after = page.next
  }
}

async function history(site: string, options: ApiOptions): Promise<void> {
  const { body } = await atApi(options, (api) => api.ask('GET', `/sites/${site}/plan/versions`))
  const { versions } = body as { readonly versions: readonly Version[] }
  const lines = versions.map(
    ({ version, sha256, at, by }) =>
      `${String(version).padStart(4)}  ${at.slice(0, 19)}Z  ${sha256.slice(0, 16)}  by ${by}`,
  )
  print(options, versions, lines.length === 0 ? ['this site has no plan'] : lines)
}

function wordOf({ agent, version, applied, why, at }: AgentWord, inForce: number): string {
  const when = `${at.slice(0, 19)}Z`
  if (why !== '') return `${agent} refused plan ${version} at ${when}: ${why}`
  const behind = applied === inForce ? '' : `, not yet by plan ${inForce}`
  return `${agent} works by plan ${applied ?? 'none'} since ${when}${behind}`
}
