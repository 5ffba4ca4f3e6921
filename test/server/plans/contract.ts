import { expect, test } from 'vitest'
import type { Store } from '../../../server/store/store.ts'
import { type PlanCollector, planCollector, SECRET } from './plan-collector.ts'

const PLAN = '/api/v1/sites/leeds/plan'
const RUNS = '/api/v1/sites/leeds/runs'
const SELF = '/api/v1/agents/self'
const UNDER_MAINTENANCE = 'voipready_site_maintenance_until_timestamp_seconds'
const started = { number: 1, at: 1, type: 'started' }
const progress = { number: 2, at: 2, type: 'progress', text: 'half of it' }
const ended = { number: 3, at: 3, type: 'ended', outcome: 'done', why: '', result: null }

/** What plans and runs do over a real socket, on any store. */
export function plansContract(name: string, open: () => Promise<Store>): void {
  test(`${name}: a plan is put, kept by version, shown without its secrets`, async () => {
    const here = await planCollector(await open())
    expect((await here.as('admin', PLAN)).status).toBe(404)
    const first = await put(here)
    expect([first.status, first.body.version]).toEqual([201, 1])
    expect((await put(here)).body.outcome).toBe('repeated')
    const changed = { labels: { floor: 'two' } }
    const stale = await put(here, changed)
    expect([stale.status, stale.body.type]).toEqual([412, 'urn:voip-ready:problem:plan-stale'])
    const tag = first.headers.get('etag') ?? ''
    expect((await put(here, changed, tag)).body.version).toBe(2)
    const seen = await here.as('viewer', PLAN)
    expect(JSON.stringify(seen.body)).not.toContain(SECRET)
    const versions = (await here.as('viewer', `${PLAN}/versions`)).body.versions
    expect(versions).toMatchObject([{ version: 2, by: 'token:boss' }, { version: 1 }])
    const audit = await here.store.access.readAudit({ site: 'leeds', before: null, limit: 9 })
    expect(audit.map(({ action }) => action)).toEqual(['plan.put', 'plan.put'])
  })

  test(`${name}: while a maintenance window is open, the lists and the metrics say until when`, async () => {
    const here = await planCollector(await open())
    const window = (id: string, from: string, to: string) => ({ id, from, to, why: 'new router' })
    const first = await put(here, {
      maintenance: [
        window('open', '2026-01-01T00:00:00Z', '2099-01-01T00:00:00Z'),
        window('over', '2025-01-01T00:00:00Z', '2025-02-01T00:00:00Z'),
        window('to-come', '2098-01-01T00:00:00Z', '2100-01-01T00:00:00Z'),
      ],
    })
    const until = async () => {
      const { sites } = (await here.as('viewer', '/api/v1/sites')).body
      return (sites as { maintenanceUntil: string | null }[]).map((one) => one.maintenanceUntil)
    }
    const metric = async () => {
      const answer = await fetch(`${here.url}/metrics/sites`, { headers: here.header('viewer') })
      return (await answer.text()).split('\n').filter((line) => line.startsWith(UNDER_MAINTENANCE))
    }
    expect(await until()).toEqual(['2099-01-01T00:00:00.000Z'])
    expect(await metric()).toEqual([
      `${UNDER_MAINTENANCE}{site="leeds"} ${Date.UTC(2099, 0) / 1000}`,
    ])
    await put(here, {}, first.headers.get('etag') ?? '')
    expect([await until(), await metric()]).toEqual([[null], []])
  })

  test(`${name}: a bad plan is refused by the name of its key, and the one in force stays`, async () => {
    const here = await planCollector(await open())
    const first = await put(here)
    const bad = await put(here, { caps: { maxCalls: 0 } }, first.headers.get('etag') ?? '')
    expect([bad.status, bad.body.found]).toEqual([422, expect.stringContaining('caps.maxCalls')])
    expect((await here.as('viewer', PLAN)).body.version).toBe(1)
    expect((await here.as('viewer', PLAN, { method: 'PUT', json: here.plan() })).status).toBe(403)
  })

  test(`${name}: an agent pulls the plan by its tag, the profile by hash, and tells what became of it`, async () => {
    const here = await planCollector(await open())
    expect((await here.as('agent', `${SELF}/plan`)).status).toBe(404)
    await put(here)
    const pulled = await here.as('agent', `${SELF}/plan`)
    expect(JSON.stringify(pulled.body)).toContain(SECRET)
    const headers = { 'if-none-match': pulled.headers.get('etag') ?? '' }
    expect((await here.as('agent', `${SELF}/plan`, { headers })).status).toBe(304)
    const { profile } = here.plan() as { profile: { sha256: string } }
    const body = await here.as('agent', `${SELF}/profiles/${profile.sha256}`)
    expect(body.body.sha256).toBe(profile.sha256)
    const json = { version: 1, applied: false, why: 'no such interface' }
    const told = await here.as('agent', `${SELF}/plan-report`, { method: 'POST', json })
    expect(told.status).toBe(200)
    const [agent] = (await here.as('viewer', PLAN)).body.agents as unknown[]
    expect(agent).toMatchObject({ agent: 'leeds-1', applied: null, why: 'no such interface' })
    expect((await here.as('viewer', `${SELF}/plan`)).status).toBe(403)
  })

  test(`${name}: a run is asked for, taken by the agent that waits, watched, and done`, async () => {
    const here = await planCollector(await open())
    await put(here)
    const waiting = here.as('agent', `${SELF}/work?wait=50&plan=1`)
    const asked = await ask(here, { kind: 'check' })
    expect(asked.status).toBe(202)
    const id = String(asked.body.id)
    expect((await waiting).body).toMatchObject({ work: 'run', run: { id } })
    const watched = watch(here, id)
    await tell(here, id, [started, progress])
    await tell(here, id, [progress, ended])
    const text = await watched
    expect(text.match(/^id: \d+$/gm)).toEqual(['id: 1', 'id: 2', 'id: 3'])
    expect(text).toContain('event: state\ndata: {"state":"done"')
    expect((await watch(here, id, 2)).match(/^id: \d+$/gm)).toEqual(['id: 3'])
    expect((await here.as('viewer', `${RUNS}/${id}`)).body).toMatchObject({ state: 'done' })
    expect((await here.as('agent', `${SELF}/work`)).status).toBe(204)
    expect((await here.as('agent', `${SELF}/work?news=0`)).body).toEqual({
      ...{ work: 'none', news: { pins: [], log: null } },
      spreadSeconds: 0,
    })
    expect((await here.as('agent', `${SELF}/work?wait=56`)).status).toBe(400)
  })

  test(`${name}: an end that names a line which its profile lacks is refused, and none of it is kept`, async () => {
    const here = await planCollector(await open())
    await put(here)
    const id = String((await ask(here, { kind: 'check' })).body.id)
    await here.as('agent', `${SELF}/work`)
    const { profile } = here.plan() as { profile: { sha256: string } }
    const result = {
      ...{ profileSha256: profile.sha256, from: 1, to: 2, overall: 'READY', summary: '' },
      ...{ observations: [], findings: [], stoppedEarly: false },
    }
    const end = (onlyLines: string[]) =>
      tell(here, id, [{ ...ended, result: { ...result, onlyLines } }])
    const refused = await end(['VRN-3', 'VRN-99'])
    expect([refused.status, refused.body.found]).toEqual([400, 'VRN-99'])
    expect((await here.as('viewer', `${RUNS}/${id}`)).body).toMatchObject({ judged: null })
    expect((await end(['VRN-3'])).status).toBe(200)
    const run = (await here.as('viewer', `${RUNS}/${id}`)).body
    expect(run).toMatchObject({ state: 'done', judged: { overall: 'CANNOT SAY' } })
  })

  test(`${name}: a run is cancelled while it waits, and while it is under way`, async () => {
    const here = await planCollector(await open())
    await put(here)
    const first = String((await ask(here, { kind: 'check' })).body.id)
    const gone = await here.as('admin', `${RUNS}/${first}`, { method: 'DELETE' })
    expect([gone.status, gone.body.state]).toEqual([200, 'cancelled'])
    const id = String((await ask(here, { kind: 'ports' })).body.id)
    expect((await here.as('agent', `${SELF}/work`)).body).toMatchObject({ run: { id } })
    const waiting = here.as('agent', `${SELF}/work?wait=50&busy=${id}`)
    expect((await here.as('admin', `${RUNS}/${id}`, { method: 'DELETE' })).status).toBe(202)
    expect((await waiting).body).toEqual({ work: 'cancel', id })
    expect((await tell(here, id, [started])).body).toEqual({ cancel: true })
    await tell(here, id, [{ ...ended, outcome: 'cancelled' }])
    expect((await here.as('viewer', `${RUNS}/${id}`)).body.state).toBe('cancelled')
  })

  test(`${name}: without consent there is no run, and the queue is bounded`, async () => {
    const here = await planCollector(await open(), { mostOpen: 2 })
    await put(here)
    const refused = await ask(here, { kind: 'capacity' })
    expect([refused.status, refused.body.where]).toEqual([403, 'plan.caps.consent'])
    const found = []
    for (let n = 0; n < 3; n += 1) found.push((await ask(here, { kind: 'check' })).status)
    expect(found).toEqual([202, 202, 429])
    expect((await ask(here, { kind: 'nonsense' })).status).toBe(400)
    expect((await here.as('viewer', RUNS, { method: 'POST', json: {} })).status).toBe(403)
  })

  test(`${name}: a run that nobody takes expires; one whose agent falls silent has failed`, async () => {
    const hasty = await planCollector(await open(), { expiresMs: 300 })
    await put(hasty)
    const first = String((await ask(hasty, { kind: 'check' })).body.id)
    expect(await watch(hasty, first)).toContain('"state":"expired"')
    // Another collector: here a run may wait to be taken as long as it takes.
    const here = await planCollector(await open(), { silentMs: 300 })
    await put(here)
    const second = String((await ask(here, { kind: 'check' })).body.id)
    expect((await here.as('agent', `${SELF}/work`)).body).toMatchObject({ run: { id: second } })
    expect(await watch(here, second)).toContain('"state":"failed"')
  })

  test(`${name}: a new plan wakes its agent, and a stop ends all who wait`, async () => {
    const here = await planCollector(await open())
    const first = await put(here)
    const waiting = here.as('agent', `${SELF}/work?wait=50&plan=1`)
    await put(here, { labels: { floor: 'two' } }, first.headers.get('etag') ?? '')
    expect((await waiting).body).toEqual({ work: 'plan' })
    const id = String((await ask(here, { kind: 'check' })).body.id)
    await here.as('agent', `${SELF}/work?plan=2`)
    const watched = await open1(here, id)
    const question = `${SELF}/work?wait=50&plan=2&busy=${id}`
    const both = [here.as('agent', question), here.as('agent', question)]
    // The newer question ends the older: once one is answered, the other is known to wait.
    expect((await Promise.race(both)).status).toBe(204)
    const [answers] = await Promise.all([Promise.all(both), here.stop()])
    expect(answers.map(({ status }) => status)).toEqual([204, 204])
    expect(await watched.text()).not.toContain('event: state')
  })
}

function put(here: PlanCollector, change = {}, tag = '') {
  const headers: Record<string, string> = tag === '' ? {} : { 'if-match': tag }
  return here.as('admin', PLAN, { method: 'PUT', json: here.plan(change), headers })
}

const ask = (here: PlanCollector, json: object) => here.as('admin', RUNS, { method: 'POST', json })
const tell = (here: PlanCollector, id: string, events: object[]) =>
  here.as('agent', `${SELF}/runs/${id}/events`, { method: 'POST', json: { events } })

function open1(here: PlanCollector, id: string, after = 0): Promise<Response> {
  const headers = { ...here.header('viewer'), 'last-event-id': String(after) }
  return fetch(`${here.url}${RUNS}/${id}/events`, { headers })
}

async function watch(here: PlanCollector, id: string, after = 0): Promise<string> {
  return (await open1(here, id, after)).text()
}
