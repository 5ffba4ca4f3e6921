import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
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

test('a pinned time: the agent brings its rows by itself, each window against its signed digest', {
  timeout: 300_000,
}, async () => {
  const site = await withRows()
  const listed = await run(['agent', 'rows', 'list', '--state', site.state, '--check'])
  expect(listed.out).toMatch(/(primary|secondary) .* rows .* intact/)
  const second = site.startAgent()
  const { span } = await pinned(site)
  await second.says(/the far end answers/)
  second.child.kill('SIGTERM')
  // It looks at its start: it may have begun so slowly that the pin was there already.
  if (!/raw rows were brought/.test((await second.ended).err)) {
    const third = site.startAgent()
    expect(await third.says(/raw rows were brought/)).toMatch(/windows=[1-9]/)
  }
  const exported = join(site.folder, 'agent.rows')
  const args = ['--state', site.state, '--from', span.from, '--to', span.to, '--out', exported]
  expect((await run(['agent', 'rows', 'export', ...args])).out).toMatch(/[1-9]\d* windows/)
})

test('a pinned time whose rows the agent no longer has: the collector is told and shows it', {
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
