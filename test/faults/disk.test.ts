import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventually } from '../lab/command.ts'
import { envelope, record } from '../server/support/fixtures.ts'
import { run } from '../support/program.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { addToken, startCollector } from './collector-process.ts'
import { contradictions, readStored } from './evidence.ts'
import { ImpoliteProxy } from './impolite-proxy.ts'
import { faultTest } from './needs.ts'
import { type Kept, RecorderProcess } from './recorder-process.ts'
import { SmallDisk } from './small-disk.ts'

faultTest(
  'a spool on a full disk says so, keeps what it has, recovers, and every lost minute is declared',
  { root: true },
  async () => {
    const folder = temporaryDirectory()
    const disk = SmallDisk.mount(1 << 19)
    const data = join(folder, 'data')
    const { file: tokenFile, tokens } = await addToken(folder)
    const proxy = await ImpoliteProxy.start(1, ['pass'])
    const spool = join(disk.path, 'spool')
    const kept: Kept[] = []
    const plan = { spool, collector: proxy.url, tokenFile, everyMs: 60 }
    const agent = new RecorderProcess(plan, kept)

    await expect.poll(() => kept.length, PATIENCE).toBeGreaterThan(10)
    disk.fill()
    const lost = /a minute could not be kept and is lost .*cause=disk-error/g
    await expect.poll(() => agent.log.match(lost)?.length ?? 0, PATIENCE).toBeGreaterThan(5)
    expect(agent.log).toContain('check the disk of the spool')
    const waiting = readdirSync(join(spool, 'pending'))
    expect(waiting.filter((name) => name.startsWith('.tmp-')).length).toBeLessThanOrEqual(1)
    const before = kept.length
    const collector = await startCollector(data, tokens)
    proxy.upstream = collector.url
    // The disk stays full of other things: what was delivered makes the room for what is new.
    await expect.poll(() => readdirSync(join(spool, 'pending')).length, PATIENCE).toBeLessThan(4)
    await expect.poll(() => kept.length, PATIENCE).toBeGreaterThan(before + 5)
    const { made, refused } = await agent.finish()
    collector.kill('SIGKILL')
    await collector.ended

    const stored = await readStored(data)
    expect(contradictions(kept, stored)).toEqual([])
    expect(refused).toBe(0)
    const declared = stored.reduce((sum, { dropped }) => sum + (dropped?.windows ?? 0), 0)
    expect(declared).toBeGreaterThan(5)
    expect(stored.length + declared, 'every minute is stored or declared lost').toBe(made)
  },
)

faultTest(
  'a collector on a full disk refuses with 503 and a reason, still shows what it has, and recovers',
  { root: true },
  async () => {
    const folder = temporaryDirectory()
    const disk = SmallDisk.mount(6 << 20)
    const { file, tokens } = await addToken(folder)
    const collector = await startCollector(join(disk.path, 'data'), tokens)
    const ask = asker(collector.url, file)
    const acknowledged: number[] = []
    let sequence = 0
    const next = async () => {
      sequence += 1
      const answer = await ask.deliver(sequence)
      if (answer.status === 201) acknowledged.push(sequence)
      return answer
    }
    expect((await next()).status).toBe(201)
    disk.fill(16 << 10)
    let answer = await next()
    for (let tries = 0; answer.status === 201 && tries < 500; tries++) answer = await next()

    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await answer.json()).toMatchObject({ type: 'urn:voip-ready:problem:store-failed' })
    // What a failed write gave back is taken too, or the collector would rightly be ready again.
    disk.fill()
    expect((await ask.get('/healthz')).status).toBe(200)
    const ready = await ask.get('/readyz')
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('disk space')])
    for (const path of ['/api/v1/sites', '/api/v1/sites/faulty', '/metrics']) {
      expect((await ask.get(path)).status, path).toBe(200)
    }

    disk.free()
    // The disk is asked again within a moment, not for every record.
    const taken = async () => (await ask.deliver(sequence)).status === 201
    await eventually('records are taken again', taken)
    acknowledged.push(sequence)
    expect((await ask.get('/readyz')).status).toBe(200)
    expect((await next()).status).toBe(201)
    for (const one of acknowledged) expect((await ask.deliver(one)).status).toBe(200)
    collector.kill('SIGKILL')
    await collector.ended
    const stored = await readStored(join(disk.path, 'data'))
    expect(stored.map((one) => one.sequence).sort((a, b) => a - b)).toEqual(acknowledged)
  },
)

faultTest(
  'records are turned away while there is room left; the ballast can be let go of, and comes back',
  { root: true },
  async () => {
    const folder = temporaryDirectory()
    const disk = SmallDisk.mount(64 << 20)
    const data = join(disk.path, 'data')
    const { file, tokens } = await addToken(folder)
    const first = await startCollector(data, tokens)
    const ballast = join(data, 'ballast')
    await expect.poll(() => existsSync(ballast), PATIENCE).toBe(true)
    const ask = asker(first.url, file)
    expect((await ask.deliver(1)).status).toBe(201)
    disk.fill(1 << 20)
    await expect.poll(async () => (await ask.deliver(2)).status, PATIENCE).toBe(503)
    // Not because the database failed: there is room for it still.
    expect(disk.freeBytes).toBeGreaterThan(900_000)
    const ready = await (await ask.get('/readyz')).json()
    expect(ready).toMatchObject({ ready: false, reasons: [{ what: 'disk' }] })
    const told = await run(['--json', 'collector', 'ballast', 'release', '--data', data])
    expect(JSON.parse(told.out).released).toBeGreaterThan(500_000)
    // Not the second again: it may have come in before the disk was looked at once more.
    // And what the disk said holds for a moment.
    await expect.poll(async () => (await ask.deliver(3)).status, PATIENCE).toBe(201)
    first.kill('SIGKILL')
    await first.ended
    disk.free()
    const second = await startCollector(data, tokens)
    await expect.poll(() => existsSync(ballast), PATIENCE).toBe(true)
    expect((await asker(second.url, file).deliver(3)).status).toBe(200)
  },
)

const PATIENCE = { timeout: 60_000, interval: 50 }

function asker(url: string, tokenFile: string) {
  const authorization = `Bearer ${readFileSync(tokenFile, 'utf8')}`
  return {
    get: (path: string) => fetch(`${url}${path}`),
    deliver: (sequence: number) =>
      fetch(`${url}/api/v1/records`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: envelope(
          record('f'.repeat(64), { site: 'faulty', agent: 'faulty', minute: sequence - 1 }),
        ),
      }),
  }
}
