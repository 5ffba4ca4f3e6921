import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEnvelope } from '../../../agent/uplink/envelope.ts'
import { parseStored } from '../../../server/ingest/parse.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import { streamsOfRecord } from '../../../shared/evidence/receipt-streams.ts'
import { streamsOf } from '../../../shared/record/kinds.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { run } from '../../support/program.ts'
import { certifiesNothing, keysOf } from './certificate.ts'
import { type EnrolledSite, enrolledSite } from './enrolled-site.ts'

/** Runs on demand with real processes on loopback: collector, reflector, enrolled agent. */
const CAPS = {
  maxCalls: 5,
  maxKbitPerSecond: 1000,
  consent: ['check', 'ports', 'path', 'media', 'capacity', 'qos'],
}
const TIME = { timeout: 400_000 }

async function measuring(): Promise<
  EnrolledSite & { agent: ReturnType<EnrolledSite['startAgent']> }
> {
  const site = await enrolledSite()
  await site.put(await site.plan({ caps: CAPS }))
  const agent = site.startAgent()
  await agent.says(/measures by its plan/)
  await agent.says(/the far end answers/)
  return { ...site, agent }
}

/** Causes of the gaps in every record that came, or waits at the agent; ends the collector. */
async function gapsTold({ collector, folder, state }: EnrolledSite): Promise<string[]> {
  collector.child.kill('SIGTERM')
  await collector.ended
  const store = await openSqliteStore(join(folder, 'data'), Date.now())
  const records = await store.between('leeds', 0, Date.now() + 60_000, 100)
  await store.close()
  // A stop delivers what is on its way: the minute that it closed may be kept for the next start.
  const pending = join(state, 'spool', 'pending')
  const waiting = readdirSync(pending).map((name) => {
    const payload = openEnvelope(readFileSync(join(pending, name)))
    if (!payload.ok) throw new Error(`${name}: ${payload.error}`)
    return JSON.parse(Buffer.from(payload.value).toString()) as AgentRecord
  })
  return [...records.map(parseStored), ...waiting].flatMap(({ observations }) =>
    streamsOf(observations).flatMap(({ gaps }) => gaps.map(({ cause }) => cause)),
  )
}

test(
  'a new plan arrives at once, and what it allows is run, told, and judged by both',
  TIME,
  async () => {
    const site = await enrolledSite()
    await site.put(await site.plan())
    const agent = site.startAgent()
    await agent.says(/measures by its plan \(version=1 /)
    const media = { kind: 'media', seconds: 3, calls: 2 }
    await expect(site.ask(media)).rejects.toThrow(/plan\.caps\.consent/)
    const putMs = Date.now()
    await site.put(await site.plan({ caps: CAPS }))
    await agent.says(/measures by its plan \(version=2 /)
    // Without being told it would ask once a minute.
    expect(Date.now() - putMs).toBeLessThan(30_000)
    await expect(site.ask({ ...media, calls: 6 })).rejects.toThrow(/plan\.caps\.maxCalls/)
    const [first, second] = await Promise.all([
      site.ask(media),
      site.ask({ kind: 'path', seconds: 2 }),
    ])
    const done = await site.until(first, 'done', 'failed', 'refused', 'expired')
    expect(done).toMatchObject({ state: 'done', why: '', agent: 'leeds-1' })
    expect(done.result?.observations.map(({ kind }) => kind)).toEqual(['stream', 'stream'])
    // One reflector stands for both data centres here: nothing that it answered passes.
    expect(done.result?.findings).not.toHaveLength(0)
    expect(done.result?.findings.some(({ verdict }) => verdict === 'pass')).toBe(false)
    expect(done.judged?.overall).toBe(done.result?.overall)
    const after = await site.until(second, 'done', 'failed', 'refused', 'expired')
    expect(after).toMatchObject({ state: 'done', judged: { overall: 'CANNOT SAY' } })
    const told = await eventsOf(site, first)
    expect(told[0]?.type).toBe('started')
    expect(told.some(({ type, text = '' }) => type === 'progress' && /primary/.test(text))).toBe(
      true,
    )
    // One at a time: asked in the same moment, either may be first; the other begins when it ended.
    const spans = [told, await eventsOf(site, second)]
      .map((events) => [events[0]?.at ?? Number.NaN, events.at(-1)?.at ?? Number.NaN] as const)
      .toSorted(([a], [b]) => a - b)
    expect(spans[1]?.[0]).toBeGreaterThanOrEqual(spans[0]?.[1] ?? Number.POSITIVE_INFINITY)
    agent.child.kill('SIGTERM')
    expect((await agent.ended).code).toBe(0)
    // The minute that the load fell into decides nothing, and says why; it need not be the newest.
    expect(await gapsTold(site)).toContain('own-load')
  },
)

test(
  'a cancelled run ends early with what it saw; a collector that restarts loses none',
  TIME,
  async () => {
    const site = await measuring()
    const long = await site.ask({ kind: 'media', seconds: 60 })
    await site.until(long, 'running')
    await new Promise((done) => setTimeout(done, 2500))
    const cancelled = await site.api('DELETE', `/sites/leeds/runs/${long}`)
    expect(cancelled.status).toBe(202)
    const seen = await site.until(long, 'cancelled', 'failed', 'done')
    expect(seen.state).toBe('cancelled')
    expect(seen.result?.stoppedEarly).toBe(true)
    const other = await site.ask({ kind: 'media', seconds: 6 })
    await site.until(other, 'running')
    site.collector.child.kill('SIGKILL')
    await site.collector.ended
    await site.startCollector()
    expect(await site.until(other, 'done', 'failed')).toMatchObject({ state: 'done' })
  },
)

test('a run whose agent stops, dies, or does not allow it says so', TIME, async () => {
  const site = await measuring()
  const killed = await site.ask({ kind: 'media', seconds: 60 })
  await site.until(killed, 'running')
  site.agent.child.kill('SIGKILL')
  await site.agent.ended
  const again = site.startAgent()
  const lost = await site.until(killed, 'failed', 'done')
  expect(lost.why).toBe('the agent started anew before the run ended')
  const stopped = await site.ask({ kind: 'media', seconds: 60 })
  await site.until(stopped, 'running')
  again.child.kill('SIGTERM')
  expect((await again.ended).code).toBe(0)
  const told = await site.run(stopped)
  expect(told).toMatchObject({ state: 'failed', why: 'the agent was stopped before the run ended' })
  // By a site file of its own it holds no plan that would allow load: its word is the last.
  const strict = site.startAgent('--site', siteFile(site), '--checks', 'off')
  const refused = await site.ask({ kind: 'media', seconds: 2 })
  const word = await site.until(refused, 'refused', 'done', 'failed')
  expect(word.why).toMatch(/^a site without a plan: wanted check, ports, path, found media/)
  strict.child.kill('SIGTERM')
  await strict.ended
})

test('an agent that never enrolled takes no runs', TIME, async () => {
  const site = await enrolledSite()
  await site.put(await site.plan({ caps: CAPS }))
  const id = await site.ask({ kind: 'path', agent: 'york-1' })
  const answer = await fetch(`${site.url}/api/v1/agents/self/work?wait=0`)
  expect(answer.status).toBe(401)
  expect(await site.run(id)).toMatchObject({ state: 'asked', agent: null })
  expect((await site.api('DELETE', `/sites/leeds/runs/${id}`)).status).toBe(200)
})

const LOAD_TIME = { timeout: 240_000 }

test('a run that makes load is told, ends in a line, and is in records', LOAD_TIME, async () => {
  const fromMs = Date.now()
  const site = await measuring()
  await expect(site.ask({ kind: 'qos', calls: 6 })).rejects.toThrow(/plan\.caps\.maxCalls/)
  const capacity = await site.ask({ kind: 'capacity', calls: 4, seconds: 2, lines: ['VRN-7'] })
  const held = await site.until(capacity, 'done', 'failed', 'refused')
  expect(held).toMatchObject({ state: 'done', why: '' })
  // A busy host may not send all of them soundly: it says so, and ends there.
  expect(held.result?.summary).toMatch(/all that were offered|could not send \d calls soundly/)
  const steps = held.result?.observations ?? []
  const offered = steps.filter(({ farEnd }) => farEnd === 'primary').map(({ calls }) => calls)
  expect(offered).toEqual([1, 2, 3, 4].slice(0, Math.max(1, offered.length)))
  expect(held.judged?.findings.map(({ id }) => id)).toContain('VRN-7')
  const qos = await site.ask({ kind: 'qos', calls: 2, seconds: 2 })
  const looked = await site.until(qos, 'done', 'failed', 'refused')
  expect(looked).toMatchObject({ state: 'done', why: '' })
  expect(looked.result?.observations[0]?.kind).toBe('qos')
  // Loopback has no bottleneck, so nothing can be said, and no more was offered than allowed.
  expect(looked.judged?.overall).toBe('CANNOT SAY')
  // Who sits at the collector asks again there: the site's own file is not his.
  const beside = ['--data', join(site.folder, 'data'), '--url', site.url]
  const watched = await run(['collector', 'run', 'watch', 'leeds', qos, ...beside])
  const again = `again: voip-ready collector run ask leeds qos ${beside.join(' ')}`
  expect(watched.out.replace(/ \\\n\s+/g, ' ')).toContain(again)
  const check = await checkedByHand(site)
  site.agent.child.kill('SIGTERM')
  expect((await site.agent.ended).code).toBe(0)
  const keys = await keysOf(site)
  const told = await runsTold(site)
  expect(told.map(({ run }) => [run?.id, run?.outcome, run?.lost])).toEqual([
    [capacity, 'done', undefined],
    [qos, 'done', undefined],
  ])
  const [ramp, look] = told.map(({ observations }) => observations)
  // Every stream has its receipt, the load beside the look among them.
  for (const { observations, evidence } of told) {
    expect(evidence.map(({ receipts, oneSided }) => [receipts.length, oneSided])).toEqual(
      Array.from({ length: streamsOfRecord({ observations }) }, () => [1, null]),
    )
  }
  // Records keep millionths of a millisecond, and no more.
  const rough = (seen: unknown) =>
    JSON.parse(JSON.stringify(seen), (_, value) =>
      Number.isInteger(value) || typeof value !== 'number' ? value : Math.round(value * 1e6) / 1e6,
    )
  expect(ramp).toEqual(rough(held.result?.observations))
  expect(look).toEqual(rough(looked.result?.observations))
  const runs = [['capacity', capacity] as const, ['qos', qos] as const]
  await certifiesNothing(site, keys, { fromMs, runs, check })
})

/** The runs in the records that came, oldest first, their parts put together; ends the collector. */
async function runsTold({ collector, folder }: EnrolledSite) {
  collector.child.kill('SIGTERM')
  await collector.ended
  const store = await openSqliteStore(join(folder, 'data'), Date.now())
  const rows = await store.runs('leeds', 0, Date.now() + 60_000, 64)
  await store.close()
  const records = rows.map(parseStored).sort((a, b) => (a.run?.to ?? 0) - (b.run?.to ?? 0))
  const ids = [...new Set(records.map(({ run }) => run?.id))]
  return ids.map((id) => {
    const parts = records.filter(({ run }) => run?.id === id)
    parts.sort((a, b) => (a.run?.part ?? 0) - (b.run?.part ?? 0))
    expect(parts).toHaveLength(parts[0]?.run?.parts ?? 0)
    return {
      run: parts[0]?.run,
      observations: parts.flatMap(({ observations }) => observations),
      evidence: parts.flatMap(({ evidence = [] }) => evidence),
    }
  })
}

function siteFile({ folder, reflector }: EnrolledSite): string {
  const file = join(folder, 'site.yaml')
  const farEnd = `{reflector: 127.0.0.1, port: ${reflector.port}, key: "${reflector.key}"}`
  const head = 'format: voip-ready/site/1\nsite: leeds\nprofile: pureconnect-rcm\nfarEnds:\n'
  writeFileSync(file, `${head}  primary: ${farEnd}\n`)
  return file
}

/** The person at the site makes a check by the agent that runs there; returns its id. */
async function checkedByHand({ state }: EnrolledSite): Promise<string> {
  const args = ['check', '--record', '--state', state]
  const beside = await run([...args, '--site', 'x.yaml', '--only', 'VRN-4'])
  expect([beside.code, beside.err]).toEqual([3, expect.stringMatching(/leave --site out/)])
  const asked = [...args, '--duration', '3s', '--only', 'VRN-1,VRN-5', '--json']
  const { code, out, err } = await run(asked)
  // Priority is not looked at without load: a check of this host alone cannot be ready.
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/^recorded: run \S+ of leeds, in a signed/),
  ])
  const { recorded, judgement } = JSON.parse(out)
  expect([recorded.lost, judgement.overall]).toEqual([null, 'CANNOT SAY'])
  return recorded.run
}

interface Told {
  readonly type: string
  readonly at: number
  readonly text?: string
}

async function eventsOf({ url, admin }: EnrolledSite, id: string): Promise<Told[]> {
  const headers = { authorization: `Bearer ${admin}` }
  const answer = await fetch(`${url}/api/v1/sites/leeds/runs/${id}/events`, { headers })
  const lines = (await answer.text())
    .split('\n')
    .filter((line) => line.startsWith('data: {"number"'))
  return lines.map((line) => JSON.parse(line.slice(6)) as Told)
}
