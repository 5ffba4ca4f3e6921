import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseStored } from '../../../server/ingest/parse.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import { start } from '../../support/program.ts'
import { cutAndOpened, keysOf } from './certificate.ts'
import { enrolledSite } from './enrolled-site.ts'

const CAPS = { maxCalls: 5, maxKbitPerSecond: 1000, consent: ['check', 'capacity'] }
const COMMANDS = [
  ['check', '--duration', '60s', '--only', 'VRN-4,VRN-6'],
  ['capacity', '--calls', '4', '--yes'],
] as const

/** Real processes: an agent that is killed with -9 in the middle of what somebody typed beside it. */
test('kill -9 in the middle of a recorded check and of a recorded capacity run: both are told as broken off, once, with who asked', async () => {
  const site = await enrolledSite()
  const fromMs = Date.now()
  await site.put(await site.plan({ caps: CAPS }))
  const note = join(site.state, 'run-under-way.json')
  let agent = site.startAgent()
  const who: string[] = []
  for (const [command, ...options] of COMMANDS) {
    await agent.says(/measures by its plan/)
    await agent.says(/the far end answers/)
    const typed = start([command, '--record', '--state', site.state, ...options])
    await expect.poll(() => existsSync(note), { timeout: 60_000 }).toBe(true)
    await new Promise((done) => setTimeout(done, 3000))
    agent.child.kill('SIGKILL')
    await agent.ended
    const { code, err } = await typed.ended
    expect([command, code]).toEqual([command, 4])
    expect(err).toMatch(/the agent that was asked.*has ended/s)
    who.push(command)
    agent = site.startAgent()
    await expect.poll(() => existsSync(note), { timeout: 60_000 }).toBe(false)
  }
  await agent.says(/the far end answers/)
  const delivered = async () => (await site.api('GET', '/sites/leeds')).body
  await expect.poll(delivered, { timeout: 180_000, interval: 500 }).toMatchObject({ last: {} })
  agent.child.kill('SIGTERM')
  expect((await agent.ended).code).toBe(0)
  const keys = await keysOf(site)
  site.collector.child.kill('SIGTERM')
  await site.collector.ended

  const store = await openSqliteStore(join(site.folder, 'data'), Date.now())
  const all = await store.between('leeds', 0, Date.now() + 60_000, 1000)
  await store.close()
  const runs = all.map(parseStored).flatMap(({ run }) => run ?? [])
  runs.sort((a, b) => a.from - b.from)
  expect(runs.map((run) => [run.kind, run.by, run.entered?.by, run.outcome, run.lost])).toEqual(
    who.map((kind) => [kind, 'operator', userInfo().username, 'lost', 'agent-ended']),
  )
  expect(new Set(all.map(({ boot, sequence }) => `${boot}/${sequence}`)).size).toBe(all.length)
  const { evidence } = await cutAndOpened(site.folder, keys, fromMs)
  if ('why' in evidence) throw new Error(evidence.why)
  expect(evidence.found).toMatchObject({
    ...{ valid: true, complete: true },
    looks: [{ run: { kind: 'check' }, judgement: null, why: /^lost: the agent ended/ }].map(
      (look) => ({ ...look, why: expect.stringMatching(look.why) }),
    ),
  })
}, 500_000)
