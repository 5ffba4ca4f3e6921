import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { bundleLines } from '../../server/bundle/collect.ts'
import { openStore } from '../../server/store/open.ts'
import { formatLine } from '../../shared/evidence/bundle.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { parsePolicy } from '../../shared/evidence/policy.ts'
import { examineBundle } from '../../shared/evidence/verify.ts'
import { parseVkey, type Vkey } from '../../shared/evidence/vkey.ts'
import { nodeTools } from '../../shared/opening/tools.ts'
import { freePort } from '../support/free-port.ts'
import { leftOfMinute } from '../support/minute.ts'
import { run, start } from '../support/program.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { FakeClock } from './fake-clock.ts'
import { collecting, enrol, eventually, json, signed, siteFile } from './log-processes.ts'
import { faultTest } from './needs.ts'

const QUARTER_MS = 900_000
const HOUR_MS = 3_600_000
/** A record may be dated this much beyond its bounds before the verifier calls it impossible. */
const SLACK_MS = 2000

/**
 * The whole chain as processes: collector, a customer's witness, reflector, an agent that measures
 * while the collector listens, while it is away, and by a clock that is three hours behind. What the
 * log and the witness say bounds when each record was made, whatever the agent's clock says.
 */
faultTest(
  'records are bounded in time by the log and a witness: live, spooled, and by a stepped clock',
  { programs: ['faketime'] },
  async () => {
    const world = await begin()
    const live = await world.measure()
    await world.stopCollector()
    const spooled = await world.measure({ alone: true })
    await world.startCollector()
    const stepped = await world.measure({ clock: new FakeClock(-3 * HOUR_MS) })
    await world.measure()
    await world.settle(3)
    const { found, parts } = await world.examine()
    const codes = new Set(found.items.map(({ severity, code }) => `${severity} ${code}`))
    expect([...codes].filter((code) => /invalid|fork|rolled/.test(code))).toEqual([])
    expect([...codes]).toContain('note quorum')
    const bounds = [...(parts?.bounds ?? [])].map(([{ record }, own]) => ({ ...own, ...record }))
    expect(bounds.length).toBeGreaterThanOrEqual(3)
    for (const { notBeforeMs, notAfterMs, seen } of bounds) {
      expect(seen?.origin).toBe(found.origin)
      expect(notBeforeMs).not.toBeNull()
      expect(notAfterMs).not.toBeNull()
      expect(notBeforeMs ?? 0).toBeLessThanOrEqual((notAfterMs ?? 0) + SLACK_MS)
    }
    const at = (ms: number) => bounds.find(({ window }) => window.from <= ms && ms < window.to)
    for (const ms of [live, spooled]) {
      const one = at(ms)
      expect(one?.window.to).toBeGreaterThan((one?.notBeforeMs ?? Infinity) - SLACK_MS)
      expect(one?.window.from).toBeLessThan((one?.notAfterMs ?? 0) + SLACK_MS)
    }
    // Its own clock says three hours ago, and the log that it had seen did not stand there yet.
    const lied = at(stepped - 3 * HOUR_MS)
    expect(lied?.notBeforeMs).toBeGreaterThan(stepped - HOUR_MS)
    expect([...codes]).toContain('suspicious dated-too-early')
    expect([...codes]).not.toContain('suspicious dated-too-late')
  },
  400_000,
)

async function begin() {
  const folder = temporaryDirectory()
  const data = join(folder, 'data')
  const state = join(folder, 'agent')
  const listen = `127.0.0.1:${await freePort()}`
  const more = ['--data', data, '--listen', listen, '--name', 'test']
  let collector = await collecting(more)
  const { vkey: logKey } = await json(`${collector.url}/api/v1/ledger`)
  const witness = await startWitness(folder, logKey)
  const policy = `log ${logKey}\nwitness acme ${witness.vkey} ${witness.url}\nquorum acme\n`
  writeFileSync(join(folder, 'policy'), policy)
  const asking = [...more, '--witness-policy', join(folder, 'policy')]
  const stopCollector = async () => {
    collector.child.kill('SIGTERM')
    await collector.ended
  }
  const startAgain = async () => {
    collector = await collecting(asking)
  }
  await stopCollector()
  await startAgain()
  await enrol(data, state, collector.url)
  const site = await siteFile(folder)
  await signed(collector.url)
  return {
    stopCollector,
    startCollector: startAgain,
    measure: (how: Measuring = {}) => measure(site, state, how),
    settle: (records: number) => settle(collector.url, state, records),
    examine: async () => {
      await stopCollector()
      return examine(data, state, policy)
    },
  }
}

interface Measuring {
  /** The collector is away. */
  readonly alone?: boolean
  readonly clock?: FakeClock
}

/** Measures for some seconds and stops, which closes the minute; an instant within it. */
async function measure(site: string, state: string, { alone, clock }: Measuring): Promise<number> {
  const args = ['agent', '--site', site, '--state', state, '--checks', 'off', '--engine', 'dgram']
  const follows = existsSync(join(state, 'ledger.json'))
  // The first record names the log as well: it is to be followed before that minute is over.
  if (!follows) await leftOfMinute(20_000)
  const agent = start(args, clock?.env ?? {})
  await agent.says(/answers/)
  if (alone !== true) {
    if (!follows) await agent.says(/is followed/)
    await eventually('the backlog to go', async () => pending(state) === 0)
  }
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const atMs = Date.now()
  agent.child.kill('SIGTERM')
  expect((await agent.ended).code).toBe(0)
  return atMs - 500
}

const pending = (state: string) => readdirSync(join(state, 'spool', 'pending')).length

async function startWitness(folder: string, logKey: string) {
  const state = join(folder, 'witness')
  writeFileSync(join(folder, 'logs.txt'), `log ${logKey}\n`)
  const made = await run(['witness', 'keys', '--state', state, '--name', 'acme.example/w1'])
  const args = ['--json', 'witness', 'run', '--state', state, '--logs', join(folder, 'logs.txt')]
  const said = await start([...args, '--listen', '127.0.0.1:0']).says(/"url":"[^"]+"/)
  return { url: /"url":"([^"]+)"/.exec(said)?.[1] ?? '', vkey: made.out.trim() }
}

/** Until so many records are covered by a checkpoint that the witness cosigned. */
async function settle(url: string, state: string, records: number): Promise<void> {
  await eventually('a cosigned checkpoint over all', async () => {
    const { size, unsequenced } = await json(`${url}/api/v1/ledger`)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const cosigned = Number(
      /^voipready_log_witness_cosigned_size\{[^}]*\} (\d+)$/m.exec(metrics)?.[1],
    )
    return unsequenced === 0 && cosigned === size && size >= records
  })
  const shown = await run(['agent', 'ledger', '--state', state])
  expect(shown.code, shown.out).toBe(0)
  expect(shown.out).toContain('Nothing is held against this log.')
}

async function examine(data: string, state: string, text: string) {
  const store = await openStore({ dataDirectory: data, database: null }, Date.now())
  try {
    const fromMs = Math.floor((Date.now() - 3.5 * HOUR_MS) / QUARTER_MS) * QUARTER_MS
    const toMs = Math.ceil(Date.now() / QUARTER_MS) * QUARTER_MS
    const judging = { past: async () => ({ judged: { judgement: null } }) } as never
    const sources = {
      store,
      judging,
      profile: () => null,
      sites: { site: () => null },
      version: '0',
      policy: text,
    }
    const made = await bundleLines(sources, { site: 'faulty', fromMs, toMs })
    const lines: string[] = []
    for await (const line of made?.lines ?? []) lines.push(formatLine(line))
    const policy = parsePolicy(nodeCrypto, Buffer.from(text))
    if (!policy.ok) throw new Error(policy.error)
    const keys = {
      ...{ agent: [vkeyOf(JSON.parse(readFileSync(join(state, 'identity.json'), 'utf8')).vkey)] },
      ...{ reflector: [], log: policy.value.logs.map(({ vkey }) => vkey) },
      witness: policy.value.witnesses.map(({ vkey }) => vkey),
    }
    const each = async function* () {
      yield lines.map((line) => Buffer.from(line))
    }
    const asked = { lines: each, tools: nodeTools, keys, policy: policy.value }
    const examined = await examineBundle(asked)
    // These lines have no end: they were not packed.
    const items = examined.found.items.filter(({ code }) => code !== 'no-end')
    return { ...examined, found: { ...examined.found, items } }
  } finally {
    await store.close()
  }
}

function vkeyOf(text: string): Vkey {
  const key = parseVkey(nodeCrypto, text)
  if (!key.ok) throw new Error(key.error)
  return key.value
}
