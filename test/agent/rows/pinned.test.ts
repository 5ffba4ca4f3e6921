import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadCredentials } from '../../../agent/enrol/identity.ts'
import { RequestSigner } from '../../../agent/enrol/sign-request.ts'
import { run } from '../../support/program.ts'
import { type EnrolledSite, enrolledSite } from '../runs/enrolled-site.ts'

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms))
const HOUR = 3_600_000

/** A site whose agent has measured for some seconds, and keeps rows of them. */
async function withRows(): Promise<EnrolledSite> {
  const site = await enrolledSite()
  await site.put(await site.plan())
  const first = site.startAgent()
  await first.says(/the far end answers/)
  await wait(2000)
  first.child.kill('SIGTERM')
  expect((await first.ended).code).toBe(0)
  return site
}

/** Pins the hours around now, once the first record of the site is here: before, it does not exist. */
async function pinned(site: EnrolledSite) {
  const now = Date.now()
  const span = { from: new Date(now - HOUR).toISOString(), to: new Date(now + HOUR).toISOString() }
  for (;;) {
    const made = await site.api('POST', '/sites/leeds/pins', { ...span, why: 'claim 7' })
    if (made.status === 201) return { span, made }
    expect(made.status).toBe(404)
    await wait(200)
  }
}

/** How often an agent asked for pins itself, and was answered. */
async function asksForPins({ url, admin }: EnrolledSite): Promise<number> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${admin}` } })
  const counted =
    /_request_duration_seconds_count\{route="\/api\/v1\/agents\/self\/pins",status="2xx"\} (\d+)/
  return Number(counted.exec(await answer.text())?.[1] ?? 0)
}

/**
 * Has the agent's waiting question for work answered at once, with the news: a newer question of the
 * same agent ends the older. Signed with the agent's own key.
 */
async function endQuestion({ url, state }: EnrolledSite): Promise<void> {
  const credentials = loadCredentials(state)
  if (credentials === null) throw new Error(`no key in ${state}`)
  const signer = new RequestSigner(() => credentials, Date.now)
  const question = new URL(`${url}/api/v1/agents/self/work?wait=0`)
  const request = { method: 'GET', url: question, body: new Uint8Array() }
  const headers = { authorization: signer.authorization(request) }
  expect((await fetch(question, { headers })).status).toBe(204)
}

test('a pinned time: the agent hears of it with its question for work, and brings its rows by itself', {
  timeout: 300_000,
}, async () => {
  const site = await withRows()
  const listed = await run(['agent', 'rows', 'list', '--state', site.state, '--check'])
  expect(listed.out).toMatch(/(primary|secondary) .* rows .* intact/)
  const before = await asksForPins(site)
  const second = site.startAgent()
  await second.says(/the far end answers/)
  // It asks at its start, when it has heard nothing yet; from then on it does not.
  while ((await asksForPins(site)) === before) await wait(100)
  const asked = await asksForPins(site)
  const { span } = await pinned(site)
  let heard = false
  const brought = second.says(/raw rows were brought/).finally(() => {
    heard = true
  })
  while (!heard) {
    await endQuestion(site)
    await wait(500)
  }
  expect(await brought).toMatch(/windows=[1-9]/)
  expect(await asksForPins(site)).toBe(asked)
  second.child.kill('SIGTERM')
  expect((await second.ended).code).toBe(0)
  const exported = join(site.folder, 'agent.rows')
  const args = ['--state', site.state, '--from', span.from, '--to', span.to, '--out', exported]
  expect((await run(['agent', 'rows', 'export', ...args])).out).toMatch(/[1-9]\d* windows/)
})

test('a pinned time whose rows the agent no longer has: it asks at its start, and the collector is told and shows it', {
  timeout: 300_000,
}, async () => {
  const site = await withRows()
  // What a full ring does with its oldest segments.
  const folder = join(site.state, 'rows')
  for (const name of readdirSync(folder).filter((one) => /^\d/.test(one)))
    rmSync(join(folder, name))
  const second = site.startAgent()
  const { made } = await pinned(site)
  second.child.kill('SIGTERM')
  await second.ended
  await site.startAgent().says(/told what cannot be brought/)
  const { pin } = made.body as { readonly pin: { readonly id: string } }
  const shown = await site.api('GET', `/sites/leeds/pins/${pin.id}/rows`)
  const { absent } = (shown.body as { readonly rows: { readonly absent: readonly Absent[] } }).rows
  expect(absent.length).toBeGreaterThan(0)
  for (const { cause, windows } of absent) {
    expect(['overwritten', 'lost']).toContain(cause)
    expect(windows).toBeGreaterThan(0)
  }
})

interface Absent {
  readonly cause: string
  readonly windows: number
}
