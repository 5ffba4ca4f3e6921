import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { openSqliteStore } from '../../server/store/sqlite/open.ts'
import { root } from '../support/sources.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { envelope, MINUTE, record, START } from './support/fixtures.ts'

const PROGRAM = join(root, 'dist/agent/main.js')
const ROUNDS = 3
const SENDERS = 8
const ACKNOWLEDGED_BEFORE_KILL = 150

test('kill -9 under load: every acknowledged record is there, none twice', {
  timeout: 300_000,
}, async () => {
  const directory = temporaryDirectory()
  const token = addToken(directory)
  const acknowledged = new Map<string, string>()
  const sent = new Set<string>()
  for (let round = 0; round < ROUNDS; round += 1) {
    const { child, url } = await start(directory)
    const boot = randomUUID()
    let sequence = 0
    let killed = false
    const sender = async () => {
      while (!killed) {
        sequence += 1
        const own = sequence
        const one = record('a'.repeat(64), { boot, sequence: own, minute: own, observations: [] })
        sent.add(`${boot}/${own}`)
        const answer = await deliver(url, token, envelope(one))
        if (answer !== null) acknowledged.set(`${boot}/${own}`, answer)
        if (acknowledged.size >= ACKNOWLEDGED_BEFORE_KILL * (round + 1) && !killed) {
          killed = true
          child.kill('SIGKILL')
        }
      }
    }
    await Promise.all([once(child, 'exit'), ...Array.from({ length: SENDERS }, sender)])
  }
  const store = await openSqliteStore(directory, START)
  onTestFinished(() => store.close())
  const all = await store.between('leeds', START - MINUTE, START + 1e6 * MINUTE, 100_000)
  const stored = new Map(all.map((one) => [`${one.boot}/${one.sequence}`, one.payloadSha256]))
  expect(stored.size).toBe(all.length)
  expect([...stored.keys()].filter((key) => !sent.has(key))).toEqual([])
  for (const [key, sha256] of acknowledged) expect(stored.get(key), key).toBe(sha256)
  expect(acknowledged.size).toBeGreaterThanOrEqual(ROUNDS * ACKNOWLEDGED_BEFORE_KILL)
})

test('SIGTERM finishes what was taken and ends with 0', { timeout: 240_000 }, async () => {
  const directory = temporaryDirectory()
  const token = addToken(directory)
  const { child, url } = await start(directory)
  const text = (sequence: number) =>
    envelope(record('a'.repeat(64), { sequence, observations: [] }))
  const answers = Array.from({ length: 20 }, (_, n) => deliver(url, token, text(n + 1)))
  await answers[0]
  child.kill('SIGTERM')
  const [[code]] = await Promise.all([once(child, 'exit'), ...answers])
  expect(code).toBe(0)
  const store = await openSqliteStore(directory, START)
  onTestFinished(() => store.close())
  const stored = await store.between('leeds', START - MINUTE, START + MINUTE, 100)
  const told = (await Promise.all(answers)).filter((answer) => answer !== null)
  expect(stored.map((one) => one.payloadSha256)).toEqual(expect.arrayContaining(told))
})

test('a connection that asks nothing does not hold up the stop', { timeout: 240_000 }, async () => {
  const { child, url } = await start(temporaryDirectory())
  const { hostname, port } = new URL(url)
  const idle = connect(Number(port), hostname)
  await once(idle, 'connect')
  idle.on('error', () => {})
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
})

test('a taken port is one clear line and exit 4', { timeout: 240_000 }, async () => {
  const { url } = await start(temporaryDirectory())
  const host = new URL(url).host
  const data = temporaryDirectory()
  const run = spawnSync(
    process.execPath,
    [PROGRAM, 'collector', '--listen', host, '--data', data],
    { encoding: 'utf8' },
  )
  expect([run.status, run.stderr.trim().split('\n').length]).toEqual([4, 1])
  expect(run.stderr).toContain(`listen on ${host}: wanted a free port`)
})

function addToken(directory: string): string {
  const args = ['collector', 'tokens', 'add', '--agent', 'leeds-1', '--site', 'leeds']
  const run = spawnSync(process.execPath, [PROGRAM, ...args, '--data', directory, '--json'], {
    encoding: 'utf8',
  })
  return JSON.parse(run.stdout).token
}

async function start(directory: string): Promise<{ child: ChildProcess; url: string }> {
  const args = ['--json', 'collector', '--listen', '127.0.0.1:0', '--data', directory]
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  })
  for await (const text of createInterface({ input: child.stdout })) {
    const { msg, url } = JSON.parse(text)
    if (msg !== 'listening') continue
    child.stdout.resume()
    return { child, url }
  }
  throw new Error('the collector ended before it listened')
}

/** The digest that the collector acknowledged; null when no acknowledgement came. */
async function deliver(url: string, token: string, body: string): Promise<string | null> {
  try {
    const response = await fetch(`${url}/api/v1/records`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    })
    const answer = (await response.json()) as { readonly sha256: string }
    return response.ok ? answer.sha256 : null
  } catch {
    return null
  }
}
