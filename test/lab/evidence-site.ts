import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { FakeClock } from '../faults/fake-clock.ts'
import { FAR_ENDS, VOIP_READY } from '../scenarios/story.ts'
import type { Child } from './child.ts'
import { eventually } from './command.ts'
import type { Lab } from './topology.ts'

const FAR_END_NAMES = ['primary', 'secondary'] as const
const QUARTER_MS = 900_000

/** A collector, two reflectors that sign and an enrolled agent, all as processes in a lab. */
export interface EvidenceSite {
  readonly startAgent: () => Promise<Child>
  /** Until the log's checkpoint covers all that came. */
  readonly settled: () => Promise<void>
  /** The collector's clock steps over the next border of quarter hours, so that all are over. */
  readonly endQuarter: () => void
  /** Whole quarter hours from the one before `fromMs` to the one that holds `toMs`, as a file. */
  readonly cutBundle: (fromMs: number, toMs: number) => Promise<string>
  /** The public keys, each from the party that it belongs to. */
  readonly keys: () => Promise<Readonly<Record<'agent' | 'reflector' | 'log', readonly string[]>>>
}

/** The collector stands at r2: an outage beyond it cuts the voice and not the records. */
export async function evidenceSite(lab: Lab): Promise<EvidenceSite> {
  const clock = new FakeClock()
  const url = `http://${lab.address('r2').ipv4}:8460`
  const serving = ['--listen', url.slice('http://'.length), '--data', lab.file('collector')]
  const collector = async (...words: readonly string[]) =>
    (await lab.run('r2', [...VOIP_READY, 'collector', ...words, ...serving])).stdout
  const program = [...VOIP_READY, 'collector', ...serving, '--insecure-http']
  const env = { ...clock.env } as Readonly<Record<string, string>>
  await lab.spawn('r2', program, { env }).until(/listening/, 60_000)
  const accessKeys = await startSigners(lab)
  const made = await collector('enrol', 'create', '--site', 'leeds', '--insecure-http')
  const state = ['--state', lab.file('agent')]
  const line = /'([^']+)'/.exec(made)?.[1] ?? ''
  await lab.run('site', [...VOIP_READY, 'agent', 'enrol', line, ...state, '--insecure-http'])
  writeFileSync(lab.file('plan.json'), JSON.stringify(planOf(lab, accessKeys)))
  await collector('plan', 'put', 'leeds', lab.file('plan.json'), '--insecure-http')
  const token = await collector('tokens', 'add', '--viewer', 'claims')
  writeFileSync(lab.file('viewer.token'), token, { mode: 0o600 })
  const ask = async (path: string) => {
    const head = `authorization: Bearer ${token.trim()}`
    const { stdout } = await lab.run('r2', ['curl', '-fsS', '-H', head, `${url}/api/v1/${path}`])
    return stdout
  }
  return {
    startAgent: async () => {
      const agent = lab.spawn('site', [...VOIP_READY, 'agent', ...state])
      await agent.until(/the far end answers[\s\S]*the far end answers/)
      return agent
    },
    settled: () => settled(ask),
    endQuarter: () => clock.jump(QUARTER_MS + 60_000),
    cutBundle: (fromMs, toMs) => cutBundle(lab, url, fromMs, toMs),
    keys: async () => ({
      agent: [String(JSON.parse(readFileSync(lab.file('agent/identity.json'), 'utf8')).vkey)],
      reflector: await Promise.all(FAR_END_NAMES.map((farEnd) => signingKey(lab, farEnd))),
      log: [String(JSON.parse(await ask('ledger')).vkey)],
    }),
  }
}

const signing = (lab: Lab, host: string) => [
  ...['--keys', lab.file(`${host}/keys.json`), '--state', lab.file(host), '--name', host],
]

/** A reflector at each data centre, each with a signing key of its own; their access keys. */
async function startSigners(lab: Lab): Promise<readonly string[]> {
  const accessKeys: string[] = []
  for (const { host, port } of FAR_END_NAMES.map((name) => FAR_ENDS[name])) {
    const add = ['reflector', 'keys', 'add', 'lab', '--keys', lab.file(`${host}/keys.json`)]
    const { stdout } = await lab.run(host, [...VOIP_READY, ...add])
    accessKeys.push(/lab:\S+/.exec(stdout)?.[0] ?? '')
    const listen = ['--listen', `${lab.address(host).ipv4}:${port}`]
    const run = [...VOIP_READY, 'reflector', 'run', ...listen, ...signing(lab, host)]
    await lab.spawn(host, run).until(/listening on/)
  }
  return accessKeys
}

async function signingKey(lab: Lab, farEnd: 'primary' | 'secondary'): Promise<string> {
  const { host } = FAR_ENDS[farEnd]
  const show = ['reflector', 'key', 'show', ...signing(lab, host)]
  return (await lab.run(host, [...VOIP_READY, ...show])).stdout.trim()
}

function planOf(lab: Lab, accessKeys: readonly string[]): object {
  const farEnds = FAR_END_NAMES.map((name, i) => {
    const { host, port } = FAR_ENDS[name]
    return [name, { reflector: lab.address(host).ipv4, port, key: accessKeys[i] }] as const
  })
  const site = { format: 'voip-ready/site/1', site: 'leeds', profile: 'pureconnect-rcm' }
  return {
    ...{ format: 'voip-ready/plan/1', profile: 'pureconnect-rcm' },
    site: { ...site, farEnds: Object.fromEntries(farEnds) },
    schedule: { checksEveryMs: null },
  }
}

async function settled(ask: (path: string) => Promise<string>): Promise<void> {
  await eventually(
    'a checkpoint over all',
    async () => {
      const { size, unsequenced } = JSON.parse(await ask('ledger'))
      const signed = Number((await ask('ledger/checkpoint')).split('\n')[1])
      return (unsequenced === 0 && signed === size) || undefined
    },
    120_000,
  )
}

async function cutBundle(lab: Lab, url: string, fromMs: number, toMs: number): Promise<string> {
  const file = lab.file('leeds.bundle')
  const from = (Math.floor(fromMs / QUARTER_MS) - 1) * QUARTER_MS
  const to = Math.ceil(toMs / QUARTER_MS) * QUARTER_MS
  const iso = (ms: number) => new Date(ms).toISOString()
  const span = ['--site', 'leeds', '--from', iso(from), '--to', iso(to)]
  const where = ['--collector', url, '--token-file', lab.file('viewer.token'), '--out', file]
  await lab.run('r2', [...VOIP_READY, 'bundle', ...span, ...where], { timeoutMs: 60_000 })
  return file
}

/** A folder outside the lab that is empty, and gone after the test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'voip-ready-other-side-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
