import { expect, test } from 'vitest'
import { PlanFollower } from '../../../agent/follow-plan/follow.ts'
import { Shelf } from '../../../agent/follow-plan/shelf.ts'
import { makeLog } from '../../../agent/log.ts'
import { FarEndWatch } from '../../../agent/run/far-end-watch.ts'
import type { Job } from '../../../agent/run/fieldwork.ts'
import { NewsBoard } from '../../../agent/run/news-board.ts'
import { askForWork } from '../../../agent/runs/ask-for-work.ts'
import { RunTaker } from '../../../agent/runs/run-taker.ts'
import type { SignedClient } from '../../../agent/uplink/signed-client.ts'
import { Spread } from '../../../agent/uplink/spread.ts'
import { loadProfile, sha256hex } from '../../../config/load.ts'
import { parsePlan, planIdentity } from '../../../shared/plan/parse-plan.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

/** A state folder in which a plan of an earlier life is kept. */
async function stateWithPlan(): Promise<string> {
  const state = temporaryDirectory()
  const { profile, sha256 } = await loadProfile('pureconnect-rcm')
  const { id, version } = profile
  const end = { reflector: '127.0.0.1', port: 4000, key: `a1b2c3d4:${'0'.repeat(64)}` }
  const plan = {
    format: 'voip-ready/plan/1',
    site: {
      ...{ format: 'voip-ready/site/1', site: 'leeds', profile: id },
      farEnds: { primary: end, secondary: end },
    },
    profile: { id, version, sha256 },
    schedule: { checksEveryMs: null },
  }
  const parsed = parsePlan(plan)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  const kept = { version: 1, sha256: planIdentity(parsed.value, sha256hex), etag: '"1"' }
  const shelf = new Shelf(state)
  shelf.lay(kept, { 'plan.json': JSON.stringify(plan), 'profile.json': JSON.stringify(profile) })
  shelf.hold(kept)
  return state
}

/** An agent's following and asking; the collector has a newer plan to tell, and stays away otherwise. */
async function following(onWork: (stopping: AbortController) => void) {
  const state = await stateWithPlan()
  const stopping = new AbortController()
  const stop = stopping.signal
  const said: string[] = []
  const log = makeLog('lines', (line) => said.push(line), Date.now)
  const applied: Job[] = []
  const client: SignedClient = {
    ask: ({ path }) => {
      if (!path.includes('/work')) return Promise.reject(new Error('away'))
      // Once the answer was taken, the agent waits for its plan to be looked at.
      setImmediate(onWork, stopping)
      return Promise.resolve({ status: 200, headers: {}, body: '{"work":"plan"}' })
    },
  }
  const apply = async (job: Job) => void applied.push(job)
  const news = new NewsBoard(() => performance.now())
  const plan = new PlanFollower({ client, state, site: 'leeds', apply, news, log, stop })
  const clocks = { nowMs: Date.now, random: () => 0 }
  const ownLoad = { begin: () => () => undefined }
  const runs = new RunTaker({
    client,
    source: () => null,
    engine: 'dgram',
    ownLoad,
    records: { begun: () => true, ended: () => null },
    log,
    ...clocks,
  })
  const farEnds = new FarEndWatch(() => performance.now())
  const spread = new Spread(0)
  const asking = askForWork({ client, runs, farEnds, news, spread, plan, log, stop, ...clocks })
  const ended = Promise.all([plan.run(), asking])
  return { ended, applied, plan, said, stopping }
}

test('a stop while the kept plan is read: nothing is begun, and nobody waits for a look that never comes', async () => {
  const { ended, applied, said } = await following((stopping) => stopping.abort())
  await ended
  expect(applied).toEqual([])
  expect(said.join('')).not.toContain('cannot be used')
})

test('the kept plan is put to work while the collector is away; asked after the stop, a look ends at once', async () => {
  const { ended, applied, plan, stopping } = await following(() => undefined)
  await expect.poll(() => applied.length, { timeout: 20_000 }).toBe(1)
  stopping.abort()
  await ended
  await plan.look()
  expect(applied[0]?.loaded.site.site).toBe('leeds')
})
